/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The members of a room, as elements.
 *
 * @module
 */

import type { JSX } from "preact";
import { type MemberStats, WebGroupState } from "../mod.ts";
import type { ChoiceProps } from "./actions.ts";
import { figuresOf, routeOf } from "./member_line.ts";
import { hueOf, nameOf } from "./names.ts";
import { type Member, type Room, titleOf } from "./room.ts";

const { JOINED } = WebGroupState;

/** The members: a choice of the receiver, and the statistics of each. */
export function Members({ room, to, choose }: ChoiceProps): JSX.Element {
  return (
    <aside>
      <section class="me" aria-label="You">
        <Avatar id={room.myId} />
        <span class="who">
          <strong>{room.myId === 0 ? "Joining…" : nameOf(room.myId)}</strong>
          <small>you · {room.myId}</small>
        </span>
      </section>
      <fieldset>
        <legend>
          Send to <span class="count">{room.members.length} other{plural(room)} here</span>
        </legend>
        <label class="member">
          <input
            type="radio"
            name="to"
            checked={to === undefined}
            onChange={() => choose(undefined)}
          />
          <span class="avatar all" aria-hidden="true">∗</span>
          <span class="who">
            <strong>Everyone</strong>
            <small>all who are here</small>
          </span>
        </label>
        {room.members.map((member) => (
          <label class="member" key={member.id} data-member={member.id}>
            <input
              type="radio"
              name="to"
              value={member.id}
              checked={to === member.id}
              onChange={() => choose(member.id)}
            />
            <Avatar id={member.id} role={member.role} />
            <span class="who">
              <strong>{titleOf(room, member.id)}</strong>
              <small>{member.role ?? "…"} · {member.id}</small>
            </span>
            <Channel member={member} />
            {member.stats && <Stats room={room} stats={member.stats} />}
          </label>
        ))}
      </fieldset>
      {room.members.length === 0 && room.group === JOINED && (
        <p class="hint">You are alone. Open this page's link in another tab.</p>
      )}
    </aside>
  );
}

function plural({ members }: Room): string {
  return members.length === 1 ? "" : "s";
}

function Avatar(
  { id, role }: { readonly id: number; readonly role?: Member["role"] },
): JSX.Element {
  const initials = nameOf(id).split(" ").map((word) => word[0]).join("");
  return (
    <span class="avatar" data-role={role} style={{ "--hue": `${hueOf(id)}` }} aria-hidden="true">
      {role === "bot" ? "⚙" : id === 0 ? "…" : initials}
    </span>
  );
}

const CHANNELS = {
  rtc: "A data channel: directly, from browser to browser",
  ws: "A WebSocket: directly, to a server",
  relay: "Through other members",
} as const;

function Channel({ member: { stats } }: { readonly member: Member }): JSX.Element {
  const channel = stats?.channel;
  const title = channel === undefined ? "Not known yet" : CHANNELS[channel];
  return <span class="channel" data-channel={channel} title={title}>{channel ?? "…"}</span>;
}

function Stats(
  { room, stats }: { readonly room: Room; readonly stats: MemberStats },
): JSX.Element {
  return (
    <div class="stats">
      <p class="route">{routeOf(stats, (via) => titleOf(room, via))}</p>
      <dl>
        {figuresOf(stats).map(({ name, value, title }) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
