// Which connection two peers try next. Both sides apply the same rules, as Netflux 4 does.
//
//   if anotherPeerIsListeningOnWebSocketAndIHaveNotTriedToConnectYet    dialSocket
//   if iAmListeningOnWebSocketAndAnotherPeerHasNotTriedToConnectYet     passTurn
//   if bothPeersSupportRTCDataChannel
//     if iHaveNotTriedToConnectYet                                      dialRtc
//     if anotherPeerHasNotTriedToConnectYet                             passTurn
//   if iAmTheInitiator                                                  giveUp
//   else                                                                passTurn
//
// @sansio

import type { PeerInfo } from "../wire/connect_message.ts";

export type Side = Omit<PeerInfo, "id" | "group">;

export type Choice = "dialSocket" | "dialRtc" | "passTurn" | "giveUp";

export function chooseTransport(mine: Side, theirs: Side, iAmInitiator: boolean): Choice {
  if (theirs.listens !== undefined && mine.wsSupported && !mine.wsTried) return "dialSocket";
  if (mine.listens !== undefined && theirs.wsSupported && !theirs.wsTried) return "passTurn";
  if (mine.dcSupported && theirs.dcSupported) {
    if (!mine.dcTried) return "dialRtc";
    if (!theirs.dcTried) return "passTurn";
  }
  return iAmInitiator ? "giveUp" : "passTurn";
}
