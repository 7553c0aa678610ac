import type { Page } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import { idOf, shows } from "./page_rows.ts";
import type { Program, Project } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

export const SERVER_ROWS: readonly Row[] = [
  served("express", (project) => project.start("node", ["main.js"])),
  served("fastify", (project) => project.start("node", ["main.js"])),
  served("hono", (project) => project.start("node", ["main.js"])),
  served(
    "vite-server",
    (project) => project.start("node", ["node_modules/vite/bin/vite.js", ...VITE]),
  ),
];

const VITE = ["--host", "127.0.0.1", "--port", "0"];
const SIGTERM = 15;

const IMPORTS = JSON.stringify({ imports: { netflux: "/netflux/netflux.js" } });
const IMPORT_MAP = `<script type="importmap">${IMPORTS}</script>`;

/** Three pages, one of them without WebRTC, and the server receive from each other. */
function served(name: string, start: (project: Project) => Program): Row {
  return {
    name,
    check: async (stage) => {
      const project = await stage.project(name);
      const isBundled = name === "vite-server";
      await project.borrow("pages/group_server.js", "page.js");
      await project.borrow(
        "pages/group_server.html",
        "index.html",
        (text) => isBundled ? text : text.replace("<title>", `${IMPORT_MAP}\n  <title>`),
      );
      await using program = start(project);
      const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(program.printed)?.[0];
      await until(`${name} listens`, () => address() !== undefined, () => program.printed);
      await threePages(stage, address()!);
      const code = await program.end();
      // Vite closes its server, and then ends by the signal.
      const isInOrder = code === 0 || (isBundled && code === 128 + SIGTERM);
      if (!isInOrder) throw new Error(`Told to end, it ends with ${code}:\n${program.printed}`);
    },
  };
}

async function threePages(stage: Stage, address: string): Promise<void> {
  const browser = await stage.browser();
  const pages: Page[] = [];
  try {
    for (const path of ["/", "/", "/?without=webrtc"]) {
      pages.push(await browser.open(`${address}${path}`));
    }
    const [one, two, other] = await Promise.all(pages.map(idOf)) as [string, string, string];
    const ids = [one, two, other];
    for (const [index, page] of pages.entries()) {
      for (const id of ids) if (id !== ids[index]) await shows(page, "#said", `${id}: hello`);
      await shows(page, "#said", "hello of the server");
      await shows(page, "#channels", "by ws");
    }
    await shows(pages[0]!, "#channels", `${two} by rtc`);
    await shows(pages[0]!, "#channels", `${other} by relay`);
    await shows(pages[2]!, "#channels", `${one} by relay`);
  } finally {
    for (const page of pages) await page.close();
  }
}
