/**
 * The URLs of peers that take WebSockets: of the peer itself, and with what a caller says in it.
 *
 * ```text
 * call  := URL ?type=T &wcId=GROUP &senderId=ME [&key=KEY | &proof=PROOF]
 * T     := 0 (a member calls a member) | 1 (a newcomer calls a member) | 2 (a member invites)
 * PROOF := HMAC-SHA256(KEY, "netflux T GROUP ME URL"), in hexadecimal digits
 * ```
 *
 * A proof is good for one listener, as it says by which URL it was called: who gets it can use it
 * nowhere else.
 *
 * @sansio
 * @module
 */

import { asGroupId, asMemberId, type GroupId, isId, type MemberId } from "../base/ids.ts";
import { hmacSha256, isSameText } from "../base/hmac_sha256.ts";
import { KEY_LENGTH_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { hasDotSegment } from "./group_url.ts";

/** What a caller says in the URL that it dials. */
export type Call =
  & {
    readonly group: GroupId;
    /** Of one of ours: that it knows the key. */
    readonly proof: string | undefined;
  }
  & (
    /** A member of the same group wants a channel. */
    | { readonly type: "internal"; readonly sender: MemberId }
    /** Somebody who has the key wants to enter the group. */
    | { readonly type: "newcomer"; readonly sender: MemberId; readonly key: string | undefined }
    /** A member wants us to enter its group. */
    | {
      readonly type: "invitation";
      /** Deployed peers do not say who they are when they invite. */
      readonly sender: MemberId | undefined;
      readonly key: string | undefined;
    }
  );

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
  if ("key" in call && call.key !== undefined) url.searchParams.set("key", call.key);
  if (call.proof !== undefined) url.searchParams.set("proof", call.proof);
  return url.href;
}

/** What a caller says, or `undefined` when it says nothing that we know. */
export function decodeCall(url: URL): Call | undefined {
  const query = url.searchParams;
  const type = TYPES[Number(query.get("type") ?? NaN)];
  const id = Number(query.get("wcId") ?? NaN);
  const sender = Number(query.get("senderId") ?? NaN);
  const key = query.get("key") || undefined;
  const proof = query.get("proof") || undefined;
  if (type === undefined || !isId(id)) return undefined;
  if (key && (key.length > KEY_LENGTH_MAX || hasDotSegment(key))) return undefined;
  const group = asGroupId(id);
  const from = isId(sender) ? asMemberId(sender) : undefined;
  if (type === "internal") return from && { type, group, sender: from, proof };
  if (key === undefined && proof === undefined) return undefined;
  if (type === "invitation") return { type, group, sender: from, key, proof };
  return from && { type, group, sender: from, key, proof };
}

/** The proof that a caller knows the key of a group, for the listener of a URL. */
export function proofOf(
  key: string,
  listenUrl: string,
  { type, group, sender }: Pick<Call, "type" | "group" | "sender">,
): string {
  const text = `netflux ${TYPES.indexOf(type)} ${group} ${sender ?? -1} ${listenUrl}`;
  return hmacSha256(key, text);
}

/** Whether a caller of the listener of a URL knows a key: it says so, or proves it. */
export function knowsKey(call: Call, key: string, listenUrl: string): boolean {
  if (call.proof !== undefined) return isSameText(call.proof, proofOf(key, listenUrl, call));
  return "key" in call && call.key !== undefined && isSameText(call.key, key);
}
