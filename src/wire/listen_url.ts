/**
 * The URLs of peers that take WebSockets: of the peer itself, and with what a caller says in it.
 *
 * ```text
 * call := URL ?type=T &wcId=GROUP &senderId=ME [&key=KEY]
 * T    := 0 (a member calls a member) | 1 (a newcomer calls a member) | 2 (a member invites)
 * ```
 *
 * @module
 */

import { KEY_LENGTH_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { asGroupId, asMemberId, type GroupId, isId, type MemberId } from "../base/ids.ts";

/** What a caller says in the URL that it dials. */
export type Call =
  /** A member of the same group wants a channel. */
  | { readonly type: "internal"; readonly group: GroupId; readonly sender: MemberId }
  /** Somebody who has the key wants to enter the group. */
  | {
    readonly type: "newcomer";
    readonly group: GroupId;
    readonly sender: MemberId;
    readonly key: string;
  }
  /** A member wants us to enter its group. */
  | {
    readonly type: "invitation";
    readonly group: GroupId;
    /** Deployed peers do not say who they are when they invite. */
    readonly sender: MemberId | undefined;
    readonly key: string;
  };

const TYPES = ["internal", "newcomer", "invitation"] as const;

/** Whether a text is a URL on which a peer can take WebSockets. */
export function isListenUrl(text: string): boolean {
  if (text.length > STRING_BYTES_MAX || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "ws:" || url.protocol === "wss:") && url.hash === "" &&
    url.username === "" && url.password === "";
}

/** The URL to dial: a listening URL and what we say in it. */
export function encodeCall(listenUrl: string, call: Call): string {
  const url = new URL(listenUrl);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.searchParams.set("type", String(TYPES.indexOf(call.type)));
  url.searchParams.set("wcId", String(call.group));
  url.searchParams.set("senderId", String(call.sender ?? -1));
  if (call.type !== "internal") url.searchParams.set("key", call.key);
  return url.href;
}

/** What a caller says, or `undefined` when it says nothing that we know. */
export function decodeCall(url: URL): Call | undefined {
  const query = url.searchParams;
  const type = TYPES[Number(query.get("type") ?? NaN)];
  const group = Number(query.get("wcId") ?? NaN);
  const sender = Number(query.get("senderId") ?? NaN);
  const key = query.get("key") ?? "";
  if (type === undefined || !isId(group)) return undefined;
  const from = isId(sender) ? asMemberId(sender) : undefined;
  if (type === "internal") {
    return from && { type, group: asGroupId(group), sender: from };
  }
  if (key === "" || key.length > KEY_LENGTH_MAX) return undefined;
  if (type === "invitation") return { type, group: asGroupId(group), sender: from, key };
  return from && { type, group: asGroupId(group), sender: from, key };
}
