/**
 * The page for people that open the address of a server in a browser: its state, and its load. It
 * runs and loads nothing; its headers forbid both.
 *
 * @module
 */

import { VERSION } from "../base/version.ts";
import type { Page } from "../transport/websocket_upgrade.ts";
import type { SigverLoad } from "./options.ts";

/** Renders the page of a server whose process has run for `uptimeS` seconds. */
export function statusPage(
  { load, ready }: { readonly load: SigverLoad; readonly ready: boolean },
  uptimeS: number,
): Page {
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["state", ready ? "takes clients" : "stops, and takes no more clients"],
    ["clients", load.sessions.toLocaleString("en")],
    ["groups", load.rooms.toLocaleString("en")],
    ["up for", formatDuration(uptimeS)],
    ["version", VERSION],
  ];
  const table = rows.map(([name, value]) => `<tr><th scope="row">${name}<td>${value}`).join("\n");
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sigver</title>
<h1>Sigver</h1>
<p>The signaling server of Netflux. It introduces members of a group to each other; their messages
do not pass through it.</p>
<table>
${table}
</table>
<p>Programs connect with a WebSocket to <code>/KEY</code>, and meet those with the same key.</p>
<p><a href="/healthz">healthz</a> <a href="/readyz">readyz</a> <a href="/metrics">metrics</a></p>
`;
  return { status: 200, type: "text/html; charset=utf-8", text, headers: HEADERS };
}

/** The two largest units: "1 day, 2 hours". */
function formatDuration(seconds: number): string {
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

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "vary": "accept",
};
