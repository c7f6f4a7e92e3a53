// A TCP proxy that cuts, holds back and refuses.
import { once } from "node:events";
import net from "node:net";

export class Link {
  static async to(port) {
    const link = new Link();
    link.pairs = new Set();
    link.isBlack = false;
    link.answers = undefined;
    link.listener = net.createServer(near => link.join(near, port)).listen(0, "127.0.0.1");
    await once(link.listener, "listening");
    link.url = `http://127.0.0.1:${link.listener.address().port}`;
    return link;
  }

  join(near, port) {
    if (this.answers) return near.end(this.answers);
    const far = net.connect(port, "127.0.0.1");
    const pair = [near, far];
    this.pairs.add(pair);
    near.on("data", bytes => { if (!this.isBlack) far.write(bytes); });
    far.on("data", bytes => {
      if (this.losesAnswers) return near.destroy();
      if (!this.isBlack) near.write(bytes);
    });
    for (const [one, other] of [pair, [far, near]]) {
      one.on("close", () => { this.pairs.delete(pair); other.destroy(); });
      one.on("error", () => {});
    }
  }

  cut() { for (const [near] of this.pairs) near.destroy(); }

  close() {
    this.listener.close();
    this.cut();
  }
}
