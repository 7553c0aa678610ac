/**
 * What a server has done since it began, and how it is told to Prometheus.
 *
 * @module
 */

import type { SignalingMessage } from "../wire/signaling.ts";
import { type Excess, EXCESSES } from "./limits.ts";
import type { ClusterLoad } from "./world.ts";

/** What a server counts, and adds to as it works. */
export class Counts {
  connectionsOpened = 0;
  /** By close code; 0 where the client went by itself. */
  readonly connectionsClosed: Map<number, number> = new Map();
  readonly messagesReceived: Record<SignalingMessage["type"], number> = none();
  readonly messagesSent: Record<SignalingMessage["type"], number> = none();
  bytesReceived = 0;
  bytesSent = 0;
  /** Who was kept out, by what did not please. */
  readonly refused: Record<"origin" | "token" | "admit", number> = {
    origin: 0,
    token: 0,
    admit: 0,
  };
  /** How often which limit was exceeded. */
  readonly exceeded: Record<Excess, number> = Object.fromEntries(
    EXCESSES.map((excess) => [excess, 0]),
  ) as Record<Excess, number>;

  /** A connection ended. */
  closed(code: number): void {
    this.connectionsClosed.set(code, (this.connectionsClosed.get(code) ?? 0) + 1);
  }
}

function none(): Record<SignalingMessage["type"], number> {
  return { heartbeat: 0, content: 0, connect: 0, connected: 0 };
}

/** How much there is to do at the moment. */
export interface Gauges {
  readonly rooms: number;
  readonly sessions: number;
  readonly cluster: ClusterLoad | undefined;
}

/** The text that Prometheus reads (its exposition format, version 0.0.4). */
export function expose(counts: Counts, { rooms, sessions, cluster }: Gauges): string {
  const by = (label: string, values: Record<string, number>): Sample[] =>
    Object.entries(values).map(([name, value]) => [`{${label}="${name}"}`, value]);
  const byCode = [...counts.connectionsClosed].sort(([a], [b]) => a - b)
    .map(([code, value]): Sample => [`{code="${code}"}`, value]);
  return [
    metric("sigver_connections", "gauge", "Open connections.", [["", sessions]]),
    metric("sigver_groups", "gauge", "Groups that somebody asked for.", [["", rooms]]),
    metric("sigver_connections_opened_total", "counter", "Connections that were opened.", [
      ["", counts.connectionsOpened],
    ]),
    metric(
      "sigver_connections_closed_total",
      "counter",
      "Connections that ended, by the close code of the server; 0: the client went.",
      byCode,
    ),
    metric(
      "sigver_messages_received_total",
      "counter",
      "Messages that clients sent, by type.",
      by("type", counts.messagesReceived),
    ),
    metric(
      "sigver_messages_sent_total",
      "counter",
      "Messages that clients were sent, by type.",
      by("type", counts.messagesSent),
    ),
    metric(
      "sigver_refused_total",
      "counter",
      "Requests for a connection that were not welcome, by what was missing.",
      by("reason", counts.refused),
    ),
    metric(
      "sigver_exceeded_total",
      "counter",
      "What was refused, closed or ended because it exceeded a limit.",
      by("limit", counts.exceeded),
    ),
    metric("sigver_received_bytes_total", "counter", "Bytes of the frames of clients.", [
      ["", counts.bytesReceived],
    ]),
    metric("sigver_sent_bytes_total", "counter", "Bytes of the frames to clients.", [
      ["", counts.bytesSent],
    ]),
    ...(cluster ? exposeCluster(cluster) : []),
  ].join("");
}

function exposeCluster({ isUp, others, remotes, refused }: ClusterLoad): readonly string[] {
  return [
    metric("sigver_bus_up", "gauge", "Whether the bus to other servers is there.", [
      ["", isUp ? 1 : 0],
    ]),
    metric("sigver_nodes", "gauge", "Servers that work as one, with this one.", [
      ["", others + 1],
    ]),
    metric("sigver_remote_clients", "gauge", "Clients of other servers with a group here.", [
      ["", remotes],
    ]),
    metric("sigver_node_messages_refused_total", "counter", "What servers said that cannot be.", [
      ["", refused],
    ]),
  ];
}

type Sample = readonly [labels: string, value: number];

/** One metric with its samples. */
export function metric(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
