// A server of the client's files and of pages for the browser.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";

const root = new URL("../../", import.meta.url);
const debian = "/usr/share/nodejs/";
const types = { js: "text/javascript", html: "text/html; charset=utf-8" };
/** React's UMD builds as modules that `import` finds. */
const names = ["createContext", "createElement", "useCallback", "useContext", "useRef", "useSyncExternalStore"];
const modules = { "/react.js": `export default React; export const { ${names.join(", ")} } = React;` };
const html = body => `<!doctype html><meta charset="utf-8"><div id="root"></div>
<script src="/umd/react/umd/react.development.js"></script><script src="/umd/react-dom/umd/react-dom.development.js"></script>
<script type="importmap">{"imports":{"react":"/react.js","nestkv":"/src/index.js","nestkv/react":"/src/react/index.js"}}</script>${body}`;

/** Serves `/src/…`, React, and pages by their bodies. Returns the server with its `url`. */
export async function serve(pages) {
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    try {
      const text = pages[pathname] !== undefined ? html(pages[pathname]) : modules[pathname] ??
        await readFile(pathname.startsWith("/umd/") ? debian + pathname.slice(5) : new URL("." + pathname, root));
      response.writeHead(200, { "content-type": types[pages[pathname] !== undefined ? "html" : "js"] }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.url = `http://127.0.0.1:${server.address().port}`;
  return server;
}
