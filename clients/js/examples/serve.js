// Serves the to-do page: node clients/js/examples/serve.js [PORT]. React comes from Debian's node-react and node-react-dom.
import { readFile } from "node:fs/promises";
import http from "node:http";

const port = Number(process.argv[2] ?? 3000);
const places = { "/src/": new URL("../src/", import.meta.url), "/react/": new URL("file:///usr/share/nodejs/") };
http.createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  const place = Object.keys(places).find(place => pathname.startsWith(place));
  const file = place ? new URL(pathname.slice(place.length), places[place]) : new URL("todo.html", import.meta.url);
  const type = file.pathname.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
  await readFile(file).then(text => response.writeHead(200, { "content-type": type }).end(text), () => response.writeHead(404).end());
}).listen(port, "127.0.0.1", function () { console.log(`http://localhost:${this.address().port}`); });
