// The planted defects, each of which the simulator must find. Numbers are those of "Known
// weaknesses" in docs/PROTOCOL.md. Edits name code instead of quoting it, so that they outlive
// other changes.

/** The edits of a defect, in order. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  readonly edits: readonly Edit[];
}

export type Edit = EditTarget & Operation;

export interface EditTarget {
  /** By default, the file of the defect. */
  readonly file?: string;
  /** The path of a declaration: `DEAD_AFTER_MS`, `Room.#remove`, `SendQueue.fillChannel.frame`. */
  readonly symbol: string;
}

export type Operation = Value | Returns | Condition | Without | Put;

/** Replaces the value of a constant, variable or property. */
export interface Value {
  readonly value: string;
}

/** Makes the function only return this. */
export interface Returns {
  readonly returns: string;
}

/** Replaces the condition of an `if` or `?:` that mentions the name `condition`. */
export interface Condition {
  readonly condition: string;
  readonly becomes: string;
}

/**
 * Removes the innermost statement that calls, assigns or returns the name `without`, or runs it
 * only if `onlyIf` holds. A declaration stays: the code after it needs the name.
 */
export interface Without {
  readonly without: string;
  readonly onlyIf?: string;
}

/**
 * Begins the function with the statement `put`, or inserts it before the innermost statement that
 * calls, assigns or returns the name `before`.
 */
export interface Put {
  readonly put: string;
  readonly before?: string;
}

export const DEFECTS: readonly Defect[] = [
  {
    name: "W1: the server is satisfied with one common member",
    file: "src/sigver/room.ts",
    edits: [{ symbol: "Room.#connect.isOutside", returns: "false" }],
  },
  {
    name: "W2: members never check with the server",
    file: "src/group/lifecycle.ts",
    edits: [{
      symbol: "GroupLifecycle.#timedOut",
      condition: "checkProbability",
      becomes: "false",
    }],
  },
  {
    name: "W4: a newcomer that asks twice closes a lone member",
    file: "src/sigver/room.ts",
    edits: [{ symbol: "Room.#isSilent", returns: "true" }],
  },
  {
    name: "W6: a relay forwards every frame, also back to its sender",
    file: "src/topology/router.ts",
    edits: [
      { symbol: "Router.#forward.left", value: "HOP_LIMIT" },
      { symbol: "Router.#forward", condition: "sender", becomes: "false" },
    ],
  },
  {
    name: "W7: messages of different routes are not ordered",
    file: "src/session/receive_buffer.ts",
    edits: [{
      symbol: "ReceiveBuffer.receive.duplicates",
      value: "Math.max(0, (this.#nextSeq - seq) | 0)",
    }],
  },
  {
    name: "W8: a complete message is kept, and the next one lost",
    file: "src/session/receive_buffer.ts",
    edits: [{ symbol: "ReceiveBuffer.#addContinuation", without: "#partial" }],
  },
  {
    name: "W11: heartbeats wait behind data, and data does not count as one",
    file: "src/link/neighbor.ts",
    edits: [
      { symbol: "Neighbor.add", without: "heardAt", onlyIf: "frame.length < 32" },
      {
        file: "src/link/send_queue.ts",
        symbol: "SendQueue.fillChannel.frame",
        value: "this.#pollSources() ?? this.#control.shift() ?? this.#shift(this.#urgent)",
      },
    ],
  },
  {
    name: "W12: both of two crossing attempts end",
    file: "src/negotiation/negotiator.ts",
    edits: [
      { symbol: "Negotiator.#requestReceived", condition: "winsCrossing", becomes: "false" },
      {
        symbol: "Negotiator.#requestReceived",
        put: `if (current?.role === "initiator" && from.via === "group") return current.cancel();`,
        before: "cancel",
      },
    ],
  },
  {
    name: "W13: a finished attempt is kept",
    file: "src/negotiation/attempt.ts",
    edits: [{ symbol: "Attempt.#opened", without: "#end" }],
  },
  {
    name: "W15: a peer without a channel is no member",
    file: "src/topology/full_mesh.ts",
    edits: [
      { symbol: "FullMesh.dialAnswered", without: "#learn" },
      { file: "src/topology/membership.ts", symbol: "joined.member", value: "undefined" },
    ],
  },
  {
    name: "W17: an id in use is not noticed",
    file: "src/group/group_entry.ts",
    edits: [
      { symbol: "GroupEntry.joinThrough.isIdTaken", value: "false" },
      { symbol: "GroupEntry.#isIdFree", returns: "true" },
    ],
  },
  {
    name: "W19: a failed attempt over signaling ends all others",
    file: "src/negotiation/negotiator.ts",
    edits: [
      {
        symbol: "Negotiator.#add.failed",
        put: 'if (route.via === "signaling") { this.cancelAll(); if (role === "passive") return; }',
      },
      {
        file: "src/negotiation/attempt.ts",
        symbol: "Attempt.#fail",
        condition: "#isInitiator",
        becomes: "false",
      },
    ],
  },
  {
    name: "W20: a group that was left rejoins when its page is shown",
    file: "src/group/lifecycle.ts",
    edits: [
      { symbol: "GroupLifecycle.#leaveForGood", without: "#wasLost" },
      { file: "src/group/peer.ts", symbol: "Peer.#leaveNow", without: "#unsubscribeFromPage" },
    ],
  },
  {
    name: "a crashed member is never declared dead",
    file: "src/topology/failure_detector.ts",
    edits: [{ symbol: "decide", condition: "reprobed", becomes: "true" }],
  },
  {
    name: "a member is declared dead after one missing heartbeat",
    file: "src/topology/failure_detector.ts",
    edits: [
      {
        symbol: "checkMember",
        condition: "SUSPECT_AFTER_MS",
        becomes: "!slept && mesh.now <= last + 3_500",
      },
      { file: "src/base/limits.ts", symbol: "DEAD_AFTER_MS", value: "5_500" },
    ],
  },
  {
    name: "a silent channel is kept",
    file: "src/topology/failure_detector.ts",
    edits: [{ symbol: "refute", condition: "channelLives", becomes: "true" }],
  },
  {
    name: "a crashed member stays longer because its channel breaks late",
    file: "src/topology/failure_detector.ts",
    edits: [
      { symbol: "loseNeighbor", condition: "heardAt", becomes: "false" },
      { symbol: "loseNeighbor.silentAt", value: "mesh.now - HEARTBEAT_INTERVAL_MS" },
    ],
  },
  {
    name: "what was heard over a channel is forgotten when that breaks",
    file: "src/topology/full_mesh.ts",
    edits: [{
      symbol: "FullMesh.#channelLost.heardAt",
      value: "this.#mesh.members.get(member)?.heardAt ?? 0",
    }],
  },
  {
    name: "distant members get no heartbeat",
    file: "src/topology/failure_detector.ts",
    edits: [{ symbol: "heartbeat", without: "send" }],
  },
  {
    name: "leave frames are ignored",
    file: "src/topology/gossip.ts",
    edits: [
      { symbol: "messageReceived", without: "left" },
      { symbol: "messageReceived", without: "closeNeighbor" },
    ],
  },
  {
    name: "nothing is relayed",
    file: "src/topology/router.ts",
    edits: [{
      symbol: "Router.#forward",
      condition: "sendRelayed",
      becomes: "neighbors.has(hop)",
    }],
  },
  {
    name: "a relayed frame is relayed twice",
    file: "src/topology/router.ts",
    edits: [{
      symbol: "Router.#forward",
      put: "neighbors.get(hop)?.sendQueue?.sendRelayed(relayed, urgent);",
      before: "sendRelayed",
    }],
  },
  {
    name: "a known member joins again",
    file: "src/topology/membership.ts",
    edits: [{
      symbol: "update",
      put: "if (news.reportedNeighbors) mesh.output.memberJoined(known.id, known.protocol);",
      before: "routesChanged",
    }],
  },
  {
    name: "the leave of a distant member is not announced",
    file: "src/topology/membership.ts",
    edits: [{ symbol: "remove", without: "memberLeft", onlyIf: `member.isNeighbor` }],
  },
  {
    name: "newcomers are not introduced to each other",
    file: "src/topology/gossip.ts",
    edits: [{ symbol: "announce.recent", value: "[]" }],
  },
  {
    name: "a host rejects the rejoin of a member that it still lists",
    file: "src/group/group_entry.ts",
    edits: [{
      symbol: "GroupEntry.#isIdFree",
      returns: "!this.#environment.overlay().mesh.members.includes(joiner)",
    }],
  },
  {
    name: "two peers that already have a channel join through each other",
    file: "src/group/group_entry.ts",
    edits: [{ symbol: "GroupEntry.joinThrough.isConnected", value: "false" }],
  },
  {
    name: "lost chunks are not retransmitted",
    file: "src/session/send_buffer.ts",
    edits: [{ symbol: "SendBuffer.retransmitUnacked", without: "#chunksInFlight" }],
  },
  {
    name: "duplicates are delivered",
    file: "src/session/receive_buffer.ts",
    edits: [{
      symbol: "ReceiveBuffer.receive.duplicates",
      value: "Math.min(0, (this.#nextSeq - seq) | 0)",
    }],
  },
  {
    name: "chunks are acknowledged before they arrive",
    file: "src/session/receive_buffer.ts",
    edits: [{
      symbol: "ReceiveBuffer.takeAck.ack",
      value: "this.#nextSeq + (this.#hasGap ? 1 : 0)",
    }],
  },
  {
    name: "the restart of a member is not reported to the program",
    file: "src/session/session.ts",
    edits: [{ symbol: "Session.receive", condition: "isSuperseded", becomes: "false" }],
  },
  {
    name: "no chunk is acknowledged",
    file: "src/session/receive_buffer.ts",
    edits: [{ symbol: "ReceiveBuffer.ackDeadline", returns: "undefined" }],
  },
  {
    name: "streams always precede messages",
    file: "src/session/send_buffer.ts",
    edits: [{ symbol: "SendBuffer.#sequenceNext", condition: "#isTurnOfStreams", becomes: "true" }],
  },
  {
    name: "the writer to a member that left gets no error",
    file: "src/session/stream_mux.ts",
    edits: [{ symbol: "StreamMux.end", without: "failSendStreams" }],
  },
  {
    name: "a stream ends when its end arrives, before it is read",
    file: "src/session/receive_stream.ts",
    edits: [{
      symbol: "ReceiveStream.#deliver",
      condition: "#phase",
      becomes: `this.#phase !== "ended"`,
    }],
  },
  {
    name: "credit is granted on arrival, not on reading",
    file: "src/session/receive_stream.ts",
    edits: [{ symbol: "ReceiveStream.add", put: "this.#grantCredit(cost);", before: "#deliver" }],
  },
  {
    name: "a sent chunk shares the buffer of its writer",
    file: "src/session/send_stream.ts",
    edits: [{ symbol: "SendStream.nextChunk.content", value: "rest.subarray(0, limit)" }],
  },
  {
    name: "a stream closes when its end is sent",
    file: "src/session/send_stream.ts",
    edits: [{ symbol: "SendStream.nextChunk", put: "this.#onEndAcked();", before: "#onEndAcked" }],
  },
  {
    name: "the number of streams is not limited",
    file: "src/session/stream_mux.ts",
    edits: [{ symbol: "StreamMux.#onOpen", condition: "STREAMS_MAX", becomes: "false" }],
  },
  {
    name: "an attempt has no time limit",
    file: "src/negotiation/attempt.ts",
    edits: [{ symbol: "Attempt.tick", condition: "due", becomes: "false" }],
  },
  {
    name: "a failed attempt is not retried",
    file: "src/topology/direct_connect.ts",
    edits: [{ symbol: "dialFailed.wait", value: "1e9" }],
  },
  {
    name: "a lost server is dialed again without a wait",
    file: "src/group/lifecycle.ts",
    edits: [{
      symbol: "GroupLifecycle.#connectSoon",
      condition: "#connectFailures",
      becomes: "true",
    }],
  },
  {
    name: "heartbeats of the server get no reply",
    file: "src/signaling/client.ts",
    edits: [{ symbol: "SignalingClient.#handle", condition: "keepaliveMs", becomes: "false" }],
  },
  {
    name: "behind a balancer, checks reuse the connection",
    file: "src/signaling/client.ts",
    edits: [{
      symbol: "SignalingClient.check",
      condition: "#needsNewConnection",
      becomes: "false",
    }],
  },
  {
    name: "the server keeps dead clients",
    file: "src/sigver/room.ts",
    edits: [{ symbol: "Room.#remove", without: "#removeMember" }],
  },
  {
    name: "a left group keeps its timers",
    file: "src/group/lifecycle.ts",
    edits: [{ symbol: "GroupLifecycle.#end", without: "clear" }],
  },
  {
    name: "a left group stays subscribed to its page",
    file: "src/group/peer.ts",
    edits: [{ symbol: "Peer.#leaveNow", without: "#unsubscribeFromPage" }],
  },
  {
    name: "leave() does not wait for acknowledgements",
    file: "src/group/overlay.ts",
    edits: [
      { symbol: "Overlay.#leaveDrained", condition: "undrained", becomes: "true" },
      { symbol: "Overlay.stop", without: "flushUnlimited" },
    ],
  },
  {
    name: "memberleave reports no unacknowledged messages",
    file: "src/group/messaging.ts",
    edits: [{ symbol: "Messaging.left.unacknowledged", value: "0 * (association?.end() ?? 0)" }],
  },
  {
    name: "a closed session leaves no final ACK",
    file: "src/session/session.ts",
    edits: [{ symbol: "Session.finalAck", returns: "undefined" }],
  },
  {
    name: "a frame of an older epoch ends a session",
    file: "src/session/session.ts",
    edits: [{
      symbol: "Session.receive",
      put: `if (this.#established && frame.epoch !== this.#peerEpoch) return false;`,
    }],
  },
  {
    name: "send() does not settle when the member leaves",
    file: "src/session/send_buffer.ts",
    edits: [{ symbol: "SendBuffer.end", without: "done" }],
  },
  {
    name: "a member that acknowledges nothing is never evicted",
    file: "src/topology/full_mesh.ts",
    edits: [{ symbol: "FullMesh.evict", returns: "undefined" }],
  },
  {
    name: "a leave frame overtakes waiting data",
    file: "src/link/send_queue.ts",
    edits: [{ symbol: "SendQueue.sendFinal", without: "flush" }],
  },
  {
    name: "the channel of a neighbor is closed before waiting data is sent",
    file: "src/link/neighbor.ts",
    edits: [{ symbol: "Neighbor.close", without: "flush" }],
  },
  {
    name: "a page that is unloaded announces nothing",
    file: "src/group/peer.ts",
    edits: [{ symbol: "Peer.#subscribeToPage.pageHidden", returns: "undefined" }],
  },
  {
    name: "a page that is unloaded sends no leave frames",
    file: "src/topology/full_mesh.ts",
    edits: [{ symbol: "FullMesh.stop", without: "sendLeave", onlyIf: "!atOnce" }],
  },
  {
    name: "a leave takes one relay only",
    file: "src/topology/router.ts",
    edits: [{ symbol: "Router.sendLeave.others", value: "[]" }],
  },
  {
    name: "a relay that loses frames is kept",
    file: "src/topology/next_hop.ts",
    edits: [{ symbol: "doubtRoute", returns: "undefined" }],
  },
  {
    name: "of two channels, a silent one is kept",
    file: "src/link/neighbor.ts",
    edits: [{ symbol: "Neighbor.closeDead", returns: "undefined" }],
  },
];
