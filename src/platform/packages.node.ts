/**
 * Packages of npm in Node.
 *
 * Bundlers follow `import` and `require()`, and a native addon has no place in a bundle. What
 * `loadPackage()` loads, they do not see.
 *
 * @module
 */

import process from "node:process";
// @ts-types="@types/ws"
import * as imported from "ws";

/** Has Node load a package from where this module is, or the bundle that it is part of. */
export function loadPackage(name: string): unknown {
  return requireHere()(name);
}

function requireHere(): NodeJS.Require {
  // Not by `import`: a bundle of esbuild may have declared createRequire itself.
  return process.getBuiltinModule("node:module").createRequire(here());
}

/** A bundle in CommonJS has no `import.meta.url`. */
function here(): string {
  return import.meta.url ?? (typeof __filename === "string" ? __filename : `${process.cwd()}/-`);
}

declare const __filename: string | undefined;

/** Jest's jsdom takes the stub that ws has for pages: only by its path is ws itself to be had. */
function wsByPath(): typeof imported {
  const path = requireHere().resolve("ws/package.json").replace("package.json", "index.js");
  return loadPackage(path) as typeof imported;
}

const ws = "WebSocketServer" in imported ? imported : wsByPath();

/** A WebSocket of npm's ws. */
export const WebSocket: typeof imported.WebSocket = ws.WebSocket;

/** The server of npm's ws. */
export const WebSocketServer: typeof imported.WebSocketServer = ws.WebSocketServer;
/** The same, as a type. */
export type WebSocketServer = imported.WebSocketServer;
