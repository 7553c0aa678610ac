/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The members of a room as a list, with how each is reached.
 *
 * @module
 */

import type { JSX } from "preact";
import { type MemberStats, WebGroupState } from "../mod.ts";
import { figuresOf, routeOf } from "./member_line.ts";
import { initialsOf } from "./people.ts";
import { colorOf, type Member, nameOf, type Room } from "./room.ts";

/** The other members. */
export function People({ room }: { readonly room: Room }): JSX.Element {
  if (room.members.length === 0) {
    return (
      <p class="hint">
        {room.group === WebGroupState.JOINED
          ? "You are alone. Invite somebody, or open this page in another tab."
          : "Looking for the others…"}
      </p>
    );
  }
  return (
    <ul class="people">
      {room.members.map((member) => <Row key={member.id} room={room} member={member} />)}
    </ul>
  );
}

function Row(
  { room, member: { id, stats } }: { readonly room: Room; readonly member: Member },
): JSX.Element {
  const role = room.people.get(id)?.role;
  const channel = stats?.away ? undefined : stats?.channel;
  return (
    <li data-member={id} data-role={role} data-channel={channel}>
      <Avatar room={room} id={id} />
      <details class="member">
        <summary>
          <strong>{nameOf(room, id)}</strong>
          <RoundTrip stats={stats} />
          <span class="route">
            {stats === undefined ? "…" : routeOf(stats, (via) => nameOf(room, via))}
          </span>
        </summary>
        {stats && <Figures stats={stats} />}
      </details>
    </li>
  );
}

function RoundTrip({ stats }: { readonly stats: MemberStats | undefined }): JSX.Element | null {
  if (stats?.roundTripTime === undefined || stats.away) return null;
  return <span class="round-trip">{Math.max(1, Math.round(stats.roundTripTime))} ms</span>;
}

function Figures({ stats }: { readonly stats: MemberStats }): JSX.Element {
  return (
    <dl class="figures">
      {figuresOf(stats).map(({ name, value, title }) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A member in its color. */
export function Avatar(
  { room, id }: { readonly room: Room; readonly id: number },
): JSX.Element {
  return (
    <span class={`avatar color-${colorOf(room, id)}`} aria-hidden="true">
      {initialsOf(nameOf(room, id))}
    </span>
  );
}
