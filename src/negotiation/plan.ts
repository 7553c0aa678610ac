/**
 * The algorithm of the FAQ: which connection two peers try next (seed, "How Netflux chooses between
 * RTCDataChannel and WebSocket").
 *
 * ```text
 * if anotherPeerIsListeningOnWebSocketAndIHaveNotTriedToConnectYet    dialSocket
 * if iAmListeningOnWebSocketAndAnotherPeerHasNotTriedToConnectYet     askOther
 * if bothPeersSupportRTCDataChannel
 *   if iHaveNotTriedToConnectYet                                      dialRtc
 *   if anotherPeerHasNotTriedToConnectYet                             askOther
 * if iAmTheInitiator                                                  giveUp
 * else                                                                askOther
 * ```
 *
 * @module
 */

import type { Info } from "../wire/channel_builder.ts";

/** What one peer can do, and what it has tried. */
export type Side = Omit<Info, "id" | "group">;

/** What is to be done now. */
export type Move = "dialSocket" | "dialRtc" | "askOther" | "giveUp";

/** The next move of a peer that knows both sides. */
export function nextMove(mine: Side, theirs: Side, iAmInitiator: boolean): Move {
  if (theirs.listens !== undefined && mine.wsSupported && !mine.wsTried) return "dialSocket";
  if (mine.listens !== undefined && theirs.wsSupported && !theirs.wsTried) return "askOther";
  if (mine.dcSupported && theirs.dcSupported) {
    if (!mine.dcTried) return "dialRtc";
    if (!theirs.dcTried) return "askOther";
  }
  return iAmInitiator ? "giveUp" : "askOther";
}
