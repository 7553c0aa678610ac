/**
 * Which pair of addresses a connection uses, as its statistics tell
 * (https://w3c.github.io/webrtc-stats/#candidatepair-dict*).
 *
 * @module
 */

import type { CandidateType, ChannelPath } from "./channel.ts";

/**
 * The path of a connection at this moment; `undefined` when it says nothing of it. Never rejects,
 * but in Firefox it never settles either when the connection is closed meanwhile.
 */
export async function pathOf(connection: RTCPeerConnection): Promise<ChannelPath | undefined> {
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
  // Firefox had no statistics of transports for long, but marked the pair.
  return report.get(selectedCandidatePairId ?? "") ?? all.find(({ selected }) => selected === true);
}

interface Candidate {
  readonly candidateType: CandidateType;
  /** node-datachannel says nothing of it. */
  readonly protocol?: string;
}

function isCandidate(stats: unknown): stats is Candidate {
  const { candidateType } = (stats ?? {}) as Partial<Candidate>;
  return candidateType !== undefined && TYPES.includes(candidateType);
}

const TYPES: readonly CandidateType[] = ["host", "srflx", "prflx", "relay"];
