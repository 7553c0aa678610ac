/*
 * How the parts of a split group become one again, for 4 peers and the signaling server.
 *
 * What models what:
 *   serve, pair, removeMember, forget,    src/sigver/room.ts: the table, #pair, #removeMember,
 *   accept                                #remove
 *   paired                                src/sigver/pairings.ts: whom a newcomer's letters reach
 *   peer, check, cut                      src/group/lifecycle.ts: signalingChanged, joined,
 *                                         joinFailed, tick; #check, #rejoin
 *   enter                                 src/group/group_entry.ts: joinThrough, acceptJoiner;
 *                                         topology/membership.ts
 *   depart, LEARN, ASK, SILENT, NOTICE    src/topology/membership.ts: remove; gossip.ts; the rows
 *                                         "a member left" and IDLE of src/group/state_tables.ts
 *
 * Every partition of the 4 into two parts is a beginning: all are connected to the server, and
 * members there. The order of everything else is any: checks, answers, entrances, what members hear
 * of each other, and the faults. So many of these happen, at any time, or not:
 *   FAILURES  entrances that fail although they need not
 *   CRASHES   peers that stop; their members and the server notice each in its own time
 *   RESTARTS  the server forgets all, and all its connections end
 *
 * Abstracted:
 *   - Time. What waits for a timer happens at any later moment; SPLIT_AFTER_MS is over for all
 *     members at once (`old`), at any moment.
 *   - An entrance is one step: that channels come about is not part of this. Who knows a member has
 *     a channel to it: a crash in between is a crash before.
 *   - The server's answer is handled when it is given: the connection keeps the order, and the peer
 *     can do nothing with the server in between. A check on its way is a step of its own, and says
 *     what the peer saw when it left.
 *   - A peer that comes back under a new id waits until nobody sees the old one. (The two would not
 *     know each other; it is the same peer here.)
 *   - No peer is favored: any untried candidate may be chosen.
 *   - Nobody counts attempts: who has tried all begins a part at once, also where a member led
 *     others and would be tried three times. More parts come about than do in truth.
 *   - With -DWHOLE, for more faults at the same time: who are in a group hear of each other, and of
 *     a crash, all at once; a check is answered when it is sent; a failed entrance is tried again at
 *     once.
 *
 * Checked:
 *   - no deadlock;
 *   - no yes to a peer that does not see a member who has been there for long (`accept`);
 *   - no member is closed as blocking that had let the newcomer in (`serve`);
 *   - heals, under weak fairness: all who live see each other in the end, and for good.
 *
 * With -DHERMIT=3 nobody can ever reach peer 3, and it reaches nobody. It is the first member, or the
 * last to come; the others come one by one. Checked: they become one group all the same, and it is
 * never closed. With -DNO_PART, too, a newcomer that reaches no member tries again for ever, and Spin
 * has to find a violation.
 *
 * With -DNO_REPAIR the server says yes when one id of the view is a member (docs/PROTOCOL.md, W1);
 * with -DNO_RECHECK nobody asks from time to time (W2). In both Spin has to find a violation.
 */

#ifndef FAILURES
#define FAILURES 0
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif

#define N 4
#define EVERYONE 15
#define bit(p) (1 << (p))
#define has(set, p) (((set) >> (p)) & 1)
#define single(set) ((set) != 0 && ((set) & ((set) - 1)) == 0)
#define nameOf(set) ((set) == 1 -> 0 : ((set) == 2 -> 1 : ((set) == 4 -> 2 : 3)))

/* The state of signaling, of those who live. OPEN and CHECKING are one: who is OPEN asks. */
mtype = { CLOSED, CHECKING, CHECKED, DEAD };

/* Peers */
byte live = EVERYONE;
mtype signaling[N];
byte view[N];        /* whom it sees, itself left out */
bool constructed[N]; /* the topology is CONSTRUCTED, not IDLE */
bool entering[N];    /* an entrance over signaling is under way */
bool retrying[N];    /* the timer retryCheck runs */
#ifndef WHOLE
byte told[N];        /* whom it saw when it asked */
#endif

/* The server */
byte sessions = EVERYONE;
byte members = EVERYONE;
byte old;            /* members for longer than SPLIT_AFTER_MS */
byte beside;         /* members that came as a part beside the group */
byte tried[N];       /* whom a guest was paired with */
byte vain[N];        /* of these, with whom its entrance failed: only for an assertion */
byte paired[N];      /* the member of a newcomer's pairing, plus 1; 0: none */

byte failures = FAILURES;
byte crashes = CRASHES;
byte restarts = RESTARTS;

/* Only of use within a step. */
hidden byte i, r, h, q, others, seen, outside;

#define seers(p) \
  (has(view[0], p) | has(view[1], p) << 1 | has(view[2], p) << 2 | has(view[3], p) << 3)
#define ready(p) (signaling[p] == CHECKED && !entering[p])
#define lowest(p) ((view[p] & (bit(p) - 1)) == 0)
#define connected(p) (signaling[p] == CHECKING || signaling[p] == CHECKED)
#ifdef HERMIT
#define seesAll(p) (!has(live, p) || (p == HERMIT && view[p] == 0) || \
                    (p != HERMIT && view[p] == (live & ~bit(p) & ~bit(HERMIT))))
#else
#define seesAll(p) (!has(live, p) || view[p] == (live & ~bit(p)))
#endif
#define one_group (seesAll(0) && seesAll(1) && seesAll(2) && seesAll(3))

/* The server */

inline removeMember(p) {
  if
  :: has(members, p) ->
    members = members & ~bit(p);
    old = old & ~bit(p);
    beside = beside & ~bit(p);
    tried[p] = 0;
    vain[p] = 0
  :: else
  fi
}

/* Forgets a connection: the other sides of its pairings are told. */
inline forget(p) {
  removeMember(p);
  sessions = sessions & ~bit(p);
  tried[p] = 0;
  vain[p] = 0;
  paired[p] = 0;
  r = 0;
  do
  :: r < N ->
    tried[r] = tried[r] & ~bit(p);
    vain[r] = vain[r] & ~bit(p);
    if
    :: paired[r] == p + 1 -> paired[r] = 0
    :: else
    fi;
    r++
  :: else -> r = 0; break
  od
}

/* A member by its own right, or beside the group where all others that it sees are. */
inline join(p) {
  if
  :: !has(members, p) && members != 0 && (seen & others & ~beside) == 0 ->
    beside = beside | bit(p)
  :: else
  fi;
  members = members | bit(p)
}

/* A yes to one who sees no member that has been here for long, but those that came beside. */
inline accept(p) {
#ifdef HERMIT
  assert(has(beside, p) || (members & old & ~seen & ~bit(p) & ~beside) == 0);
#else
  assert((members & old & ~seen & ~bit(p) & ~beside) == 0);
#endif
  tried[p] = 0;
  vain[p] = 0;
  signaling[p] = CHECKED;
  if
  :: !constructed[p] -> constructed[p] = true; check(p)
  :: else
  fi
}

inline pair(p, candidates) {
  if
  :: (candidates & ~tried[p]) == 0 -> tried[p] = 0; vain[p] = 0
  :: else
  fi;
  if
  :: has(candidates & ~tried[p], 0) -> h = 0
  :: has(candidates & ~tried[p], 1) -> h = 1
  :: has(candidates & ~tried[p], 2) -> h = 2
  :: has(candidates & ~tried[p], 3) -> h = 3
  fi;
  tried[p] = tried[p] | bit(h);
  paired[p] = h + 1;
  signaling[p] = CHECKED;
  entering[p] = true;
  h = 0
}

/* Silence is not modeled: who was not reached may be taken for silent, but for one that lives on. */
#ifdef HERMIT
#define SILENT_OR_GONE(set) (!has(live, nameOf(set)))
#else
#define SILENT_OR_GONE(set) (true)
#endif
#define BLOCKED(p) \
  (others != 0 && (seen & others) == 0 && !has(members, p) && single(others) && \
   (tried[p] & others) != 0 && SILENT_OR_GONE(others))
#define LEADS(p) (has(members, p) && (others & ~beside) == 0)
#define APART(p) \
  (seen != 0 -> (has(members, p) || tried[p] != 0) : (has(members, p) && has(beside, p)))
#ifdef NO_PART
#define EXHAUSTED(p) (false)
#else
#define EXHAUSTED(p) \
  (!has(members, p) && seen == 0 && tried[p] != 0 && (others & ~tried[p]) == 0)
#endif

/* Takes a check, and answers it: the table of src/sigver/connect_rules.ts. */
inline serve(p) {
#ifdef WHOLE
  seen = view[p];
#else
  seen = told[p];
  told[p] = 0;
#endif
  sessions = sessions | bit(p);
  others = members & ~bit(p);
  outside = ((seen & others) != 0 -> others & old & ~seen : 0);
#ifdef NO_REPAIR
  outside = 0;
#endif
  if
  :: others == 0 || ((seen & others) != 0 && outside == 0) ->
    join(p);
    accept(p)
  :: (seen & others) != 0 && outside != 0 ->
    join(p);
    pair(p, outside)
  :: BLOCKED(p) ->
    q = nameOf(others);
    assert(has(vain[p], q));
    forget(q);
    if
    :: has(live, q) -> cut(q)
    :: else
    fi;
    q = 0;
    join(p);
    accept(p)
  :: others != 0 && (seen & others) == 0 && !BLOCKED(p) ->
    if
    /* Leads: all others came beside. */
    :: has(members, p) && (others & ~beside) == 0 ->
      beside = beside & ~bit(p);
      accept(p)
    :: !LEADS(p) && APART(p) ->
      join(p);
      pair(p, others)
#ifndef NO_PART
    /* Exhausted: reached none of them, and begins a part. */
    :: !LEADS(p) && !APART(p) && EXHAUSTED(p) ->
      join(p);
      accept(p)
#endif
    :: !LEADS(p) && !APART(p) && !EXHAUSTED(p) ->
      removeMember(p);
      pair(p, others)
    fi
  fi;
  others = 0;
  seen = 0;
  outside = 0
}

/* Peers */

inline check(p) {
  signaling[p] = CHECKING;
#ifndef WHOLE
  told[p] = view[p]
#endif
}

/* The connection to the server is gone. */
inline cut(p) {
  signaling[p] = CLOSED;
  entering[p] = false;
#ifndef WHOLE
  told[p] = 0
#endif
}

#ifdef HERMIT
#define reachable(p) (p != HERMIT && paired[p] != HERMIT + 1)
#else
#define reachable(p) (true)
#endif
#define admits(p) (paired[p] != 0 && reachable(p) && constructed[paired[p] - 1] && connected(paired[p] - 1))
/* The pairing was ended, or the member lives and is in no state to let anybody in. */
#define refused(p) (paired[p] == 0 || (has(live, paired[p] - 1) && !admits(p)))
/* The guest is alone, and the member sees somebody of its id. */
#define idTaken(p) (view[p] == 0 && has(view[paired[p] - 1], p))

#ifdef WHOLE
#define MEET(p) if :: has(q & live, p) -> view[p] = q & ~bit(p) :: else fi
#endif

/* The member lets the guest in. */
inline enter(p) {
  h = paired[p] - 1;
  q = bit(h) | view[h] | bit(p) | view[p];
  paired[p] = 0;
  entering[p] = false;
  constructed[p] = true;
#ifdef WHOLE
  MEET(0); MEET(1); MEET(2); MEET(3);
#else
  view[p] = q & ~bit(p);
  view[h] = view[h] | bit(p);
#endif
  check(p);
  h = 0;
  q = 0
}

inline fail(p) {
  if
  :: paired[p] != 0 -> vain[p] = vain[p] | (bit(paired[p] - 1) & tried[p])
  :: else
  fi;
  paired[p] = 0;
  entering[p] = false;
#ifdef WHOLE
  check(p)
#else
  retrying[p] = true
#endif
}

/* Ends all, to come back under a new id. */
inline rejoin(p) {
  forget(p);
  cut(p);
  retrying[p] = false;
  constructed[p] = false
}

proctype peer(byte p) {
  do
  :: atomic { signaling[p] == CLOSED && (constructed[p] || seers(p) == 0) -> check(p) }
  :: atomic { signaling[p] == CHECKING -> serve(p) }
  :: atomic {
      signaling[p] == CHECKED && entering[p] ->
      if
      :: admits(p) && !idTaken(p) -> enter(p)
      :: admits(p) && idTaken(p) -> rejoin(p)
      :: refused(p) -> fail(p)
      :: !refused(p) && failures > 0 -> failures--; fail(p)
      fi
    }
  :: atomic { ready(p) && retrying[p] -> retrying[p] = false; check(p) }
#ifndef NO_RECHECK
  :: atomic { ready(p) && !retrying[p] && lowest(p) -> check(p) }
#endif
  :: signaling[p] == DEAD -> break
  od
}

/* The mesh: what its members hear of each other */

inline depart(x, y) {
  view[x] = view[x] & ~bit(y);
  if
  :: view[x] == 0 -> constructed[x] = false
  :: else
  fi;
  if
  :: ready(x) -> check(x)
  :: else
  fi
}

/* Those through whom letters pass between two peers, both ways. */
#define between(x, y) (view[x] & view[y] & seers(x) & seers(y) & live)

/* One is told of the other, asks it, and is answered. */
#define LEARN(x, y) \
  :: atomic { \
      has(live, x) && has(live, y) && !has(view[x], y) && between(x, y) != 0 -> \
      view[x] = view[x] | bit(y); \
      view[y] = view[y] | bit(x) \
    }
/* One has entered a group that the other is in, and asks it. */
#define ASK(x, y) \
  :: atomic { \
      has(view[x], y) && has(live, y) && !has(view[y], x) && between(x, y) != 0 -> \
      view[y] = view[y] | bit(x) \
    }
/* One has not heard of the other for too long. */
#define SILENT(x, y) \
  :: atomic { \
      has(view[x], y) && (!has(live, y) || (!has(view[y], x) && between(x, y) == 0)) -> \
      depart(x, y) \
    }
#define HEAR(x, y) LEARN(x, y) ASK(x, y) ASK(y, x) SILENT(x, y) SILENT(y, x)

/* Nobody has heard of this one for too long. */
#define MISS(x, y) if :: has(view[x], y) -> depart(x, y) :: else fi
#define NOTICE(y) \
  :: atomic { \
      !has(live, y) && seers(y) != 0 -> \
      MISS(0, y); MISS(1, y); MISS(2, y); MISS(3, y) \
    }

proctype mesh() {
end:
  do
#ifdef WHOLE
  NOTICE(0) NOTICE(1) NOTICE(2) NOTICE(3)
#else
  HEAR(0, 1) HEAR(0, 2) HEAR(0, 3) HEAR(1, 2) HEAR(1, 3) HEAR(2, 3)
#endif
  od
}

/* The server's own time */

#define GONE(p) :: atomic { has(sessions & ~live, p) -> forget(p) }

proctype server() {
end:
  do
  :: old != members -> old = members
  GONE(0) GONE(1) GONE(2) GONE(3)
  od
}

#ifdef NO_RECHECK
/* Spin's weak fairness knows no end of time: what stands still has to go on doing so. */
bit tick;
active proctype time() {
  do
  :: tick = 1 - tick
  od
}
#endif

#define CRASH(p) \
  :: atomic { \
      crashes > 0 && has(live, p) -> \
      crashes--; \
      live = live & ~bit(p); \
      view[p] = 0; \
      constructed[p] = false; \
      retrying[p] = false; \
      cut(p); \
      signaling[p] = DEAD \
    }

/* Begins with a split; then come the faults. */
init {
  atomic {
#ifdef HERMIT
    sessions = 0;
    members = 0;
    i = 0;
    do
    :: i < N -> signaling[i] = CLOSED; i++
    :: else -> i = 0; break
    od;
    if
    :: members = bit(HERMIT)
    :: members = 1; constructed[0] = true
    fi;
    sessions = members;
    if
    :: members == bit(HERMIT) -> signaling[HERMIT] = CHECKED; constructed[HERMIT] = true
    :: else -> signaling[0] = CHECKED
    fi;
#else
    select(q : 1 .. 7);
    i = 0;
    do
    :: i < N ->
      view[i] = (has(q, i) -> q : EVERYONE & ~q) & ~bit(i);
      signaling[i] = CHECKED;
      constructed[i] = true;
      i++
    :: else -> i = 0; q = 0; break
    od;
#endif
    run peer(0);
    run peer(1);
    run peer(2);
    run peer(3);
    run mesh();
    run server()
  }
  do
  CRASH(0) CRASH(1) CRASH(2) CRASH(3)
  :: atomic {
      restarts > 0 ->
      restarts--;
      members = 0;
      old = 0;
      sessions = 0;
      i = 0;
      do
      :: i < N ->
        tried[i] = 0;
        vain[i] = 0;
        paired[i] = 0;
        if
        :: has(live, i) -> cut(i)
        :: else
        fi;
        i++
      :: else -> i = 0; break
      od
    }
  :: break
  od
}

ltl heals { <>[] one_group }
