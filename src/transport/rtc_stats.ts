// Reads the statistics of a connection (https://w3c.github.io/webrtc-stats).

import { SCTP_READY_POLL_MS, SCTP_READY_POLLS_MAX } from "../base/limits.ts";
import type { CandidatePair, CandidateType } from "./channel.ts";

/** Never rejects. In Firefox, it never settles if the connection closes before the result. */
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
  // Older versions of Firefox lack transport statistics, but mark the pair.
  return report.get(selectedCandidatePairId ?? "") ?? all.find(({ selected }) => selected === true);
}

interface Candidate {
  readonly candidateType: CandidateType;
  /** The protocol; missing in node-datachannel. */
  readonly protocol?: string;
}

function isCandidate(stats: unknown): stats is Candidate {
  const { candidateType } = (stats ?? {}) as Partial<Candidate>;
  return candidateType !== undefined && TYPES.includes(candidateType);
}

const TYPES: readonly CandidateType[] = ["host", "srflx", "prflx", "relay"];

/**
 * Resolves when no data channel of a connection is still connecting. Never rejects.
 *
 * Chromium fires `datachannel` with an open channel (W3C WebRTC, section 6.2). But in about one of
 * 500 connections, the SCTP association is established 0.5 ms later, and `send()` silently drops
 * messages until then. The statistics report the state of the association.
 */
export async function whenSctpReady(connection: RTCPeerConnection): Promise<void> {
  for (let checks = 0; checks < SCTP_READY_POLLS_MAX; checks++) {
    if (!await isConnecting(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, SCTP_READY_POLL_MS));
  }
}

/** Returns `false` without such statistics: then `readyState` decides. */
async function isConnecting(connection: RTCPeerConnection): Promise<boolean> {
  try {
    const all = [...(await connection.getStats()).values()];
    return all.some(({ type, state }) => type === "data-channel" && state === "connecting");
  } catch {
    return false;
  }
}
