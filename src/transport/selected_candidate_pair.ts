/**
 * Reads the selected candidate pair of a connection from its statistics
 * (https://w3c.github.io/webrtc-stats/#candidatepair-dict*).
 *
 * @module
 */

import type { CandidatePair, CandidateType } from "./channel.ts";

/**
 * Returns the candidate pair in use, if the statistics have one. Never rejects; in Firefox, never
 * settles if the connection is closed meanwhile.
 */
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
