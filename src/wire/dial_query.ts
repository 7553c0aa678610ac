// The query that a peer adds to the listen URL of another peer when it dials its WebSocket.
//
//   call  := URL ?type=T &wcId=GROUP &senderId=ME [&key=KEY | &proof=PROOF] [&to=MEMBER]
//   T     := 0 (a member dials a member) | 1 (a newcomer dials a member) | 2 (a member invites)
//   PROOF := HMAC-SHA256(KEY, "netflux T GROUP ME URL"), in hexadecimal digits
//
// A proof covers the URL that is dialed, so the listener cannot reuse it at another URL.
//
// @sansio

import { asGroupId, asMemberId, type GroupId, isId, type MemberId } from "../base/ids.ts";
import { hmacSha256, isSameText } from "../base/hmac_sha256.ts";
import { KEY_LENGTH_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { hasDotSegment } from "./signaling_url.ts";

/** The types, in the order of their numbers on the wire. */
export const DIAL_TYPES = ["internal", "newcomer", "invitation"] as const;

export interface DialParameters {
  readonly type: (typeof DIAL_TYPES)[number];
  readonly group: GroupId;
  /** `undefined` for a Netflux 4 peer that invites. */
  readonly sender: MemberId | undefined;
  /** Of newcomers and invitations. */
  readonly key?: string | undefined;
  readonly proof: string | undefined;
  /** The member that is dialed by another one, as several members can listen at one URL. */
  readonly recipient?: MemberId | undefined;
}

export type DialQuery =
  & DialParameters
  & (
    | { readonly type: "internal" | "newcomer"; readonly sender: MemberId }
    | { readonly type: "invitation" }
  );

export function isListenUrl(text: string): boolean {
  if (text.length > STRING_BYTES_MAX || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "ws:" || url.protocol === "wss:") && url.hash === "" &&
    url.username === "" && url.password === "";
}

/** Adds the query to a URL. `endsWithSlash` appends a slash to the path, as Netflux 4 does. */
export function encodeDialQuery(
  listenUrl: string,
  { type, group, sender, key, proof, recipient }: DialParameters,
  endsWithSlash = true,
): string {
  const url = new URL(listenUrl);
  if (endsWithSlash && !url.pathname.endsWith("/")) url.pathname += "/";
  const parameters = {
    type: DIAL_TYPES.indexOf(type),
    wcId: group,
    senderId: sender ?? -1,
    key,
    proof,
    to: recipient,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

export function decodeDialQuery(url: URL): DialQuery | undefined {
  const params = url.searchParams;
  const type = DIAL_TYPES[Number(params.get("type") ?? NaN)];
  const id = Number(params.get("wcId") ?? NaN);
  const sender = Number(params.get("senderId") ?? NaN);
  const key = params.get("key") || undefined;
  const proof = params.get("proof") || undefined;
  if (type === undefined || !isId(id)) return undefined;
  if (key && (key.length > KEY_LENGTH_MAX || hasDotSegment(key))) return undefined;
  const group = asGroupId(id);
  const from = isId(sender) ? asMemberId(sender) : undefined;
  if (type === "internal") {
    const to = Number(params.get("to") ?? NaN);
    const recipient = isId(to) ? asMemberId(to) : undefined;
    return from && { type, group, sender: from, proof, recipient };
  }
  if (key === undefined && proof === undefined) return undefined;
  if (type === "invitation") return { type, group, sender: from, key, proof };
  return from && { type, group, sender: from, key, proof };
}

export function proofOf(
  key: string,
  listenUrl: string,
  { type, group, sender }: Pick<DialQuery, "type" | "group" | "sender">,
): string {
  const text = `netflux ${DIAL_TYPES.indexOf(type)} ${group} ${sender ?? -1} ${listenUrl}`;
  return hmacSha256(key, text);
}

export function knowsKey(query: DialQuery, key: string, listenUrl: string): boolean {
  if (query.proof !== undefined) return isSameText(query.proof, proofOf(key, listenUrl, query));
  return query.key !== undefined && isSameText(query.key, key);
}
