/**
 * The page for people who open a server's address in a browser: what it is, and how it does.
 *
 * It runs nothing and loads nothing; its headers forbid both.
 *
 * @module
 */

import { VERSION } from "../base/version.ts";
import type { Page } from "../transport/websocket_upgrade.ts";
import type { SigverLoad } from "./world.ts";

/** What the page tells of. */
interface Server {
  readonly load: SigverLoad;
  readonly ready: boolean;
}

/** The page of a server as it is now, in a process that runs for so long. */
export function statusPage({ load, ready }: Server, uptimeS: number): Page {
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["state", ready ? "takes clients" : "stops, and takes nobody any more"],
    ["clients", load.sessions.toLocaleString("en")],
    ["groups", load.rooms.toLocaleString("en")],
    ["up for", inWords(uptimeS)],
    ["version", VERSION],
  ];
  const table = rows.map(([name, value]) => `<tr><th scope="row">${name}<td>${value}`).join("\n");
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sigver</title>
<style>${STYLE}</style>
<h1>Sigver</h1>
<p>The signaling server of Netflux. It introduces members of a group to each other, and sees
nothing of what they say: from then on they talk without it.</p>
<table>
${table}
</table>
<p>Programs connect with a WebSocket to <code>/KEY</code>, where all who know the key meet.</p>
<nav>
<a href="/healthz">healthz</a> <a href="/readyz">readyz</a> <a href="/metrics">metrics</a>
</nav>
`;
  return { status: 200, type: "text/html; charset=utf-8", text, headers: HEADERS };
}

/** The two largest units that there are. */
function inWords(seconds: number): string {
  const parts = UNITS.map(([unit, size], index) => {
    const [, larger] = UNITS[index - 1] ?? ["", Infinity];
    const count = Math.floor(seconds % larger / size);
    return { count, text: `${count} ${unit}${count === 1 ? "" : "s"}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(({ text }) => text).join(", ");
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const STYLE = `
:root { color-scheme: light dark; --quiet: light-dark(#57606a, #9aa4ae); }
body { margin: 4rem auto; max-width: 34rem; padding: 0 1.25rem;
  font: 1rem/1.55 system-ui, sans-serif;
  background: light-dark(#fff, #14171a); color: light-dark(#1b1f23, #e6e9ec); }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
table { border-collapse: collapse; margin: 1.75rem 0; width: 100%; }
th, td { border-top: 1px solid light-dark(#d8dde2, #2d3339); padding: .45rem 0; text-align: left; }
th { color: var(--quiet); font-weight: normal; width: 8rem; }
td { font-variant-numeric: tabular-nums; }
nav { display: flex; gap: 1.25rem; margin-top: 1.75rem; }
a { color: light-dark(#0758b8, #7cb7ff); }
`;

/** Of the style, in base64: no other may be used. A test compares it. */
const STYLE_SHA256 = "Dl5sW46vOgCYUvwdyEQHXWSWIfh87DRosUSlRMrsZx4=";

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_SHA256}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "vary": "accept",
};
