// Loads npm packages in Node. Those with a native addon are hidden from bundlers.

import process from "node:process";
// @ts-types="@types/ws"
import * as imported from "ws";

/** Loads a package from the location of this module, or of the bundle that contains it. */
export function loadPackage(name: string): unknown {
  return requireHere()(name);
}

function requireHere(): NodeJS.Require {
  // Not imported, since an esbuild bundle may already declare `createRequire`.
  return process.getBuiltinModule("node:module").createRequire(here());
}

/** Returns the location of this module. CommonJS bundles have no `import.meta.url`. */
function here(): string {
  return import.meta.url ?? (typeof __filename === "string" ? __filename : `${process.cwd()}/-`);
}

declare const __filename: string | undefined;

/** Loads ws by its path, since Jest's jsdom resolves `ws` to its stub for browsers. */
function wsByPath(): typeof imported {
  const path = requireHere().resolve("ws/package.json").replace("package.json", "index.js");
  return loadPackage(path) as typeof imported;
}

const ws = "WebSocketServer" in imported ? imported : wsByPath();

export const WebSocket: typeof imported.WebSocket = ws.WebSocket;

export const WebSocketServer: typeof imported.WebSocketServer = ws.WebSocketServer;
export type WebSocketServer = imported.WebSocketServer;
