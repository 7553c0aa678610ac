/**
 * The demo's page and signaling server in a process of their own, which says where they are.
 *
 * @module
 */

import { serveDemo } from "../../demo/server.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";

const [hostname = "127.0.0.1"] = Deno.args;
const script = await buildBrowser({ entry: new URL("../../demo/page.tsx", import.meta.url) });
const { port } = serveDemo({ hostname, port: 0, script });
// How a process tells its driver.
// deno-lint-ignore no-console
console.log(`http://${hostname}:${port}/`);
