// Reads the statistics of a connection (https://w3c.github.io/webrtc-stats).

import { SCTP_READY_POLL_MS, SCTP_READY_POLLS_MAX } from "../base/limits.ts";
import type { CandidatePair, CandidateType } from "./channel.ts";

/** Never rejects; in Firefox, never settles if the connection is closed meanwhile. */
export async function selectedCandidatePairOf(
  connection: RTCPeerConnection,
): Promise<CandidatePair | undefined> {
  try {
    const report = await connection.getStats();
    const pair = selectedPair(report);
    const local: unknown = report.get(pair?.localCandidateId ?? "");
    const remote: unknown = report.get(pair?.remoteCandidateId ?? "");
    if (!isCandidate(local) || !isCandidate(remote)) return undefined;
    const { candidateType, protocol } = local;
    return {
      localCandidateType: candidateType,
      remoteCandidateType: remote.candidateType,
      protocol: protocol === "udp" || protocol === "tcp" ? protocol : undefined,
    };
  } catch {
    // The connection is closed, or has no statistics.
    return undefined;
  }
}

function selectedPair(report: RTCStatsReport): RTCIceCandidatePairStats | undefined {
  const all = [...report.values()];
  const { selectedCandidatePairId } = all.find(({ type }) => type === "transport") ?? {};
  // Firefox lacked transport statistics for long, but marks the pair.
  return report.get(selectedCandidatePairId ?? "") ?? all.find(({ selected }) => selected === true);
}

interface Candidate {
  readonly candidateType: CandidateType;
  /** Missing in node-datachannel. */
  readonly protocol?: string;
}

function isCandidate(stats: unknown): stats is Candidate {
  const { candidateType } = (stats ?? {}) as Partial<Candidate>;
  return candidateType !== undefined && TYPES.includes(candidateType);
}

const TYPES: readonly CandidateType[] = ["host", "srflx", "prflx", "relay"];

/**
 * Resolves when no data channel of a connection is connecting. Never rejects.
 *
 * Chromium fires `datachannel` with an open channel (W3C WebRTC, section 6.2), but in about one
 * connection of 500 the SCTP association is not established for another 0.5 ms, and `send()`
 * silently drops messages. The statistics report the state of the association.
 */
export async function whenSctpReady(connection: RTCPeerConnection): Promise<void> {
  for (let checks = 0; checks < SCTP_READY_POLLS_MAX; checks++) {
    if (!await isConnecting(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, SCTP_READY_POLL_MS));
  }
}

/** Without such statistics, `readyState` counts. */
async function isConnecting(connection: RTCPeerConnection): Promise<boolean> {
  try {
    const all = [...(await connection.getStats()).values()];
    return all.some(({ type, state }) => type === "data-channel" && state === "connecting");
  } catch {
    return false;
  }
}
