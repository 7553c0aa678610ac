import { serveDemo } from "../../demo/server.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";

const [hostname = "127.0.0.1"] = Deno.args;
const script = await buildBrowser({ entry: new URL("../../demo/page.tsx", import.meta.url) });
const { port } = serveDemo({ hostname, port: 0, script, relay: "never" });
// deno-lint-ignore no-console -- the output of a script
console.log(`http://${hostname}:${port}/`);
