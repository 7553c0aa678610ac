// Where ICE servers come from, and their validation. This file uses no types of the DOM, so that
// public types can use it.

import { unusable } from "../base/describe_value.ts";
import type { IceServer } from "../wire/ice.ts";

export interface IceSource {
  /** The servers that are used until others are known. */
  readonly servers: readonly IceServer[];
  /** `"program"`: only `servers`. `"signaling"`: the signaling server. Or a callback. */
  readonly from: "program" | "signaling" | (() => unknown);
}

/** @throws {TypeError} The value is malformed. */
export function checkIceServers(value: unknown): readonly IceServer[] {
  if (!Array.isArray(value)) throw unusable(value, "iceServers", "an array");
  value.forEach(checkServer);
  return value;
}

function checkServer(server: unknown): void {
  const { urls, username, credential } = Object(server);
  const all: readonly unknown[] = [urls ?? []].flat();
  if (all.length === 0) throw unusable(server, "iceServers", "servers with urls");
  for (const url of all) {
    const [, kind] = /^(stun|turn)s?:./i.exec(String(url)) ?? [];
    if (kind === undefined) {
      throw unusable(url, "iceServers", "stun:, stuns:, turn: or turns: URLs");
    }
    if (kind.toLowerCase() === "stun") continue;
    if (typeof username !== "string" || typeof credential !== "string") {
      throw unusable(url, "iceServers", "a username and a credential for it");
    }
  }
}
