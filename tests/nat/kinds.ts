// The kinds of NATs and what passes through them, in the terms of RFC 4787 and RFC 5128.

export type NatKind = "none" | "full" | "restricted" | "symmetric" | "blocked";

export interface Nat {
  readonly title: string;
  /**
   * One external address for all destinations (RFC 4787, section 4.1: endpoint-independent), or one
   * for each (address and port-dependent); `undefined` without UDP.
   */
  readonly mapping: "independent" | "dependent" | undefined;
  /**
   * All sources pass (RFC 4787, section 5: endpoint-independent), or earlier destinations only
   * (address and port-dependent); `undefined` without UDP.
   */
  readonly filtering: "independent" | "dependent" | undefined;
}

/** In the order of the table. */
export const NATS: Readonly<Record<NatKind, Nat>> = {
  none: { title: "no NAT", mapping: "independent", filtering: "independent" },
  full: { title: "full cone", mapping: "independent", filtering: "independent" },
  restricted: {
    title: "port-restricted cone",
    mapping: "independent",
    filtering: "dependent",
  },
  symmetric: { title: "symmetric", mapping: "dependent", filtering: "dependent" },
  blocked: { title: "UDP blocked", mapping: undefined, filtering: undefined },
};

/** The nftables commands of a router with these addresses. */
export function rulesOf(kind: NatKind, outer: string, inner: string): string {
  const lines = [
    "add table ip nat",
    "add chain ip nat out { type nat hook postrouting priority srcnat; }",
    `add rule ip nat out oifname "${OUTER}" ${kind === "symmetric" ? SYMMETRIC : "masquerade"}`,
    // Unsolicited packets are dropped before connection tracking: an entry would occupy the mapping
    // of the same two addresses, so that a later packet from inside would get another one.
    "add chain ip nat in { type filter hook input priority filter; }",
    `add rule ip nat in iifname "${OUTER}" ct state new drop`,
  ];
  if (kind === "full") {
    lines.push(
      "add chain ip nat inward { type nat hook prerouting priority dstnat; }",
      `add rule ip nat inward ip daddr ${outer} meta l4proto udp dnat to ${inner}`,
    );
  }
  if (kind === "blocked") {
    lines.push(
      "add chain ip nat through { type filter hook forward priority filter; }",
      "add rule ip nat through meta l4proto udp drop",
    );
  }
  return lines.join("\n");
}

/** The interface of a router to the internet. */
export const OUTER = "eth0";

/** By default, Linux keeps the port of a socket where it can. */
const SYMMETRIC = "masquerade random,fully-random";
