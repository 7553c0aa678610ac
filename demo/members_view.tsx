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

/** Those who are there: whom to send to, and how it goes with each. */
export function Members({ limit, actions, to, choose }: ChoiceProps): JSX.Element {
  const hasBot = limit.members.some(({ role }) => role === "bot");
  return (
    <aside>
      <section class="me" aria-label="You">
        <Avatar id={limit.myId} />
        <span class="who">
          <strong>{limit.myId === 0 ? "Joining…" : nameOf(limit.myId)}</strong>
          <small>you · {limit.myId}</small>
        </span>
      </section>
      <fieldset>
        <legend>
          Send to <span class="count">{limit.members.length} other{plural(limit)} here</span>
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
        {limit.members.map((member) => (
          <label class="member" key={member.id} data-member={member.id}>
            <input
              type="radio"
              name="to"
              value={member.id}
              checked={to === member.id}
              onChange={() =>
                choose(member.id)}
            />
            <Avatar id={member.id} role={member.role} />
            <span class="who">
              <strong>{titleOf(limit, member.id)}</strong>
              <small>{member.role ?? "…"} · {member.id}</small>
            </span>
            <Channel member={member} />
            {member.stats && <Stats limit={limit} stats={member.stats} />}
          </label>
        ))}
      </fieldset>
      {limit.members.length === 0 && limit.group === JOINED && (
        <p class="hint">You are alone. Open this page's link in another tab.</p>
      )}
      {!hasBot && limit.group === JOINED && (
        <button
          type="button"
          class="quiet invite"
          onClick={() => actions.inviteBot()}
        >
          Invite the bot
        </button>
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
  { limit, stats }: { readonly limit: Room; readonly stats: MemberStats },
): JSX.Element {
  return (
    <div class="stats">
      <p class="route">{routeOf(stats, (via) => titleOf(limit, via))}</p>
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
