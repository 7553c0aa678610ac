/**
 * What a server has done since it began, and how it is told to Prometheus.
 *
 * @module
 */

import type { SignalingMessage } from "../wire/signaling.ts";

/** What a server counts, and adds to as it works. */
export class Counts {
  connectionsOpened = 0;
  /** By close code; 0 where the client went by itself. */
  readonly connectionsClosed: Map<number, number> = new Map();
  readonly messagesReceived: Record<SignalingMessage["type"], number> = none();
  readonly messagesSent: Record<SignalingMessage["type"], number> = none();
  bytesReceived = 0;
  bytesSent = 0;

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
}

/** The text that Prometheus reads (its exposition format, version 0.0.4). */
export function expose(counts: Counts, { rooms, sessions }: Gauges): string {
  const byType = (messages: Record<string, number>): Sample[] =>
    Object.entries(messages).map(([type, value]) => [`{type="${type}"}`, value]);
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
      byType(counts.messagesReceived),
    ),
    metric(
      "sigver_messages_sent_total",
      "counter",
      "Messages that clients were sent, by type.",
      byType(counts.messagesSent),
    ),
    metric("sigver_received_bytes_total", "counter", "Bytes of the frames of clients.", [
      ["", counts.bytesReceived],
    ]),
    metric("sigver_sent_bytes_total", "counter", "Bytes of the frames to clients.", [
      ["", counts.bytesSent],
    ]),
  ].join("");
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
