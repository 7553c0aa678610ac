/*
 * How two members get a channel to each other, although both may ask for one at the same time.
 *
 * Of any group it is enough to look at two: attempts of one pair know nothing of those of another.
 * What the others do shows here as letters that are lost or late, as what is heard of each other,
 * and as a channel that comes by the door of the group, while attempts go on or not.
 *
 * What models what:
 *   want, asked, drop               src/negotiation/negotiator.ts: start, #requestReceived
 *   accepted, told, offered, move   src/negotiation/attempt.ts: responseReceived, turnReceived,
 *                                   #answer, #dialOrPassTurn; transport_choice.ts
 *   the lower id, bySame            src/negotiation/attempt.ts: winsCrossing, turnReceived
 *   unreached, reach                src/topology/direct_connect.ts
 *   peer, connected, lost           src/topology/gossip.ts: addUnconfirmed; membership.ts: joined,
 *                                   learn, becomeNeighbor, detach, remove; failure_detector.ts:
 *                                   loseNeighbor
 *   clock                           the limits of src/negotiation/attempt.ts: tick
 *
 * Peer 0 has the lower id. Letters arrive in order, each way. Whoever does not know the other hears
 * of it, as a rumor or as a member of the group that it enters, at any time. So many FAULTS happen,
 * in any order, at any time, or not:
 *   - a letter is lost, or no answer to it, as with a peer that has too many attempts;
 *   - a dial fails although it need not;
 *   - an attempt is given up too early: what it waits for is on its way;
 *   - a channel breaks;
 *   - one takes the other for gone;
 *   - one enters by the door of the other, and has a channel.
 *
 * Abstracted:
 *   - Time. A limit is over when nothing is on its way that would end the wait: before, that is a
 *     fault. Then both limits run, and a new attempt of the one does not stop that of the other
 *     (`late`). The wait before the next try is any.
 *   - There is one way to dial, and both sides have it: the data channel, which takes most letters.
 *     Candidates are a part of the description before them.
 *   - Somebody relays letters at all times.
 *   - Dials are numbered from 1 to 3, and then from 1 again: of older ones no letter is on its way.
 *
 * Checked:
 *   - no more than LETTERS are on their way to one peer;
 *   - without faults nobody ever waits in vain, or dials while the other does: of two attempts that
 *     cross one goes on, the same on both sides;
 *   - meets, under weak fairness: both have a channel to each other in the end, and for good.
 *
 * With -DNO_RULE each of two that cross goes on with its own attempt (docs/PROTOCOL.md, W12); with
 * -DASKED_ONLY who was only asked leaves it to the other to try again; with -DNO_END two that only
 * serve each other, as what both began is over, pass the turn to each other for ever. In all of them
 * Spin has to find a violation.
 */

#ifndef FAULTS
#define FAULTS 0
#endif

/* So many letters are on their way to one peer at most. */
#define LETTERS 10
#define other(p) (1 - (p))

/* Letters; TURN with what was tried, OFFER and ANSWER with the number of the dial. */
mtype = { REQUEST, YES, TURN, OFFER, ANSWER };
/* An attempt. */
mtype = { NONE, ASKING, DIALING, WAITING };
/* What a peer is to the other. */
mtype = { UNKNOWN, RUMOR, MEMBER };
/* The search for a channel to a member. */
mtype = { IDLE, UNDER_WAY, LATER };
/* One end of a channel. */
mtype = { NO, COMING, HELD };

chan box[2] = [LETTERS] of { mtype, byte };

mtype known[2] = UNKNOWN;
mtype search[2] = IDLE;
mtype phase[2] = NONE;
bool initiator[2];
bool tried[2];
bool theirs[2];     /* the other side has tried, as far as it said */
byte dial[2];       /* the number of the dial under way; 0: none */
byte dials[2];      /* the last number */
byte answerer[2];   /* the other side's dial that is being answered; 0: none */
bool answering[2];  /* so it is, or was in this attempt */
bool late[2];       /* the other side's limit was over meanwhile: so will be this one's */
mtype end_[2] = NO; /* of the channel that attempts lead to */
mtype door[2] = NO; /* of the one through the door */

/* Who asks says what it can do, as between ours; a deployed peer is told after its yes. */
bool informs;

byte faults = FAULTS;
bit tick;

hidden byte x;

#define neighbor(p) (end_[p] == HELD || door[p] == HELD)
#define up ((end_[0] == HELD && end_[1] == HELD) || (door[0] == HELD && door[1] == HELD))
#define nothingComes \
  (len(box[0]) == 0 && len(box[1]) == 0 && end_[0] != COMING && end_[1] != COMING)

/* Attempts */

inline write(p, letter, content) {
  assert(nfull(box[other(p)]));
  box[other(p)]!letter,content
}

/* Forgets an attempt, and releases what it was opening. */
inline drop(p) {
  phase[p] = NONE;
  initiator[p] = false;
  tried[p] = false;
  theirs[p] = false;
  dial[p] = 0;
  answerer[p] = 0;
  answering[p] = false;
  late[p] = false;
  if
  :: end_[p] == COMING -> end_[p] = NO
  :: else
  fi
}

inline want(p) {
  if
  :: phase[p] == NONE -> phase[p] = ASKING; initiator[p] = true; write(p, REQUEST, 0)
  :: else
  fi
}

inline reach(p) {
  if
  :: search[p] != UNDER_WAY -> search[p] = UNDER_WAY; want(p)
  :: else
  fi
}

inline unreached(p) {
  if
  :: known[p] != MEMBER -> known[p] = UNKNOWN
  :: known[p] == MEMBER && !neighbor(p) ->
#ifdef ASKED_ONLY
    if
    :: search[p] == UNDER_WAY -> search[p] = LATER
    :: else
    fi
#else
    search[p] = LATER
#endif
  :: else
  fi
}

inline fail(p) {
  drop(p);
  unreached(p)
}

inline passTurn(p) {
  phase[p] = WAITING;
  if
  :: initiator[p] -> x = tried[p] | theirs[p] << 1 | 4
  :: else -> x = theirs[p] | tried[p] << 1 | 12
  fi;
  write(p, TURN, x);
  x = 0
}

inline move(p) {
  if
  :: !tried[p] ->
    phase[p] = DIALING;
    answerer[p] = 0;
    if
    :: end_[p] == COMING -> end_[p] = NO
    :: else
    fi;
    assert(FAULTS != 0 || dial[other(p)] == 0);
    dials[p] = dials[p] % 3 + 1;
    dial[p] = dials[p];
    write(p, OFFER, dial[p])
  :: tried[p] && theirs[p] && initiator[p] -> fail(p)
  :: else -> passTurn(p)
  fi
}

inline dialFailed(p) {
  dial[p] = 0;
  tried[p] = true;
  move(p)
}

/* Letters */

inline asked(p) {
  if
  :: known[p] == RUMOR -> known[p] = MEMBER; search[p] = UNDER_WAY
  :: known[p] == UNKNOWN -> known[p] = MEMBER; search[p] = IDLE
  :: else
  fi;
  if
#ifdef NO_RULE
  :: initiator[p]
#else
  :: initiator[p] && p == 0
#endif
  :: else ->
    drop(p);
    phase[p] = WAITING;
    write(p, YES, 0);
    if
    :: informs -> move(p)
    :: else
    fi
  fi
}

inline accepted(p) {
  if
  :: known[p] == RUMOR -> known[p] = MEMBER; search[p] = UNDER_WAY
  :: else
  fi;
  if
  :: phase[p] == ASKING && informs -> phase[p] = WAITING
  :: phase[p] == ASKING && !informs -> phase[p] = WAITING; write(p, TURN, 0)
  :: else
  fi
}

/* Whoever writes it was only asked, too. */
#ifdef NO_END
#define bySame(content) false
#else
#define bySame(content) (content & 8)
#endif

inline told(p, content) {
  if
  :: phase[p] != NONE && !initiator[p] && bySame(content) -> fail(p)
  :: phase[p] == WAITING && !initiator[p] && !bySame(content) ->
    theirs[p] = content & 1;
    move(p)
  :: phase[p] == WAITING && initiator[p] && (content & 4) ->
    theirs[p] = (content >> 1) & 1;
    move(p)
  :: else
  fi
}

inline offered(p, content) {
  if
  :: phase[p] != NONE && !answering[p] ->
    if
    :: phase[p] == ASKING -> phase[p] = WAITING
    :: else
    fi;
    answering[p] = true;
    answerer[p] = content;
    write(p, ANSWER, content)
  :: else
  fi
}

/* A dial that is answered by what is not there any more, or was not its, comes to nothing. */
inline answered(p, content) {
  if
  :: answerer[p] == 0 && dial[p] == content && dial[p] != 0 && answerer[other(p)] == content ->
    if
    :: end_[p] == NO -> end_[p] = COMING
    :: else
    fi;
    if
    :: end_[other(p)] == NO -> end_[other(p)] = COMING
    :: else
    fi
  :: else
  fi
}

proctype letters(byte p) {
  byte content;
end:
  do
  :: atomic { box[p]?REQUEST,content -> asked(p); content = 0 }
  :: atomic { box[p]?YES,content -> accepted(p); content = 0 }
  :: atomic { box[p]?TURN,content -> told(p, content); content = 0 }
  :: atomic { box[p]?OFFER,content -> offered(p, content); content = 0 }
  :: atomic { box[p]?ANSWER,content -> answered(p, content); content = 0 }
  od
}

/* What else happens to a peer */

inline connected(p) {
  known[p] = MEMBER;
  search[p] = IDLE
}

inline lost(p) {
  if
  :: !neighbor(p) -> reach(p)
  :: else
  fi
}

proctype peer(byte p) {
end:
  do
  /* It hears of the other, or enters its group. */
  :: atomic { known[p] == UNKNOWN -> known[p] = RUMOR; want(p) }
  :: atomic { known[p] == UNKNOWN -> known[p] = MEMBER; reach(p) }
  :: atomic { known[p] == MEMBER && !neighbor(p) && search[p] == LATER -> reach(p) }
  /* A channel opens, or does not. */
  :: atomic {
      end_[p] == COMING && end_[other(p)] != NO ->
      end_[p] = HELD;
      drop(p);
      connected(p)
    }
  :: atomic {
      end_[p] == COMING && end_[other(p)] == NO ->
      end_[p] = NO;
      if
      :: answerer[p] != 0 -> answerer[p] = 0; answering[p] = false
      :: answerer[p] == 0 && phase[p] == DIALING -> dialFailed(p)
      :: else
      fi
    }
  :: atomic { door[p] == COMING && door[other(p)] != NO -> door[p] = HELD; connected(p) }
  :: atomic { door[p] == COMING && door[other(p)] == NO -> door[p] = NO }
  /* It is noticed that a channel broke. */
  :: atomic { end_[p] == HELD && end_[other(p)] == NO -> end_[p] = NO; lost(p) }
  :: atomic { door[p] == HELD && door[other(p)] == NO -> door[p] = NO; lost(p) }
  od
}

/* Limits. */
proctype clock(byte p) {
end:
  do
  :: atomic {
      phase[p] == DIALING && nothingComes ->
      assert(FAULTS != 0);
      dialFailed(p)
    }
  :: atomic {
      phase[p] != NONE && (nothingComes || late[p]) ->
      assert(FAULTS != 0);
      late[other(p)] = late[other(p)] || (nothingComes && phase[other(p)] != NONE);
      fail(p)
    }
  od
}

/* Faults */

#define FAULT(p) \
  :: atomic { faults > 0 && nempty(box[p]) -> faults--; box[p]?_,_ } \
  :: atomic { faults > 0 && phase[p] == DIALING -> \
      faults--; \
      if \
      :: end_[p] == COMING -> end_[p] = NO \
      :: else \
      fi; \
      dialFailed(p) } \
  :: atomic { faults > 0 && phase[p] != NONE -> faults--; fail(p) } \
  :: atomic { faults > 0 && end_[p] == HELD -> faults--; end_[p] = NO; lost(p) } \
  :: atomic { faults > 0 && door[p] == HELD -> faults--; door[p] = NO; lost(p) } \
  :: atomic { faults > 0 && known[p] == MEMBER -> \
      faults--; \
      known[p] = UNKNOWN; \
      search[p] = IDLE; \
      end_[p] = NO; \
      door[p] = NO; \
      drop(p) } \
  :: atomic { faults > 0 && door[0] == NO && door[1] == NO -> \
      faults--; \
      door[p] = HELD; \
      connected(p); \
      door[other(p)] = COMING }

active proctype trouble() {
  do
  FAULT(0) FAULT(1)
  /* Spin's weak fairness knows no end of time: what stands still has to go on doing so. */
  :: tick = 1 - tick
  od
}

init {
  atomic {
    if
    :: informs = true
    :: informs = false
    fi;
    run letters(0);
    run letters(1);
    run peer(0);
    run peer(1);
    run clock(0);
    run clock(1)
  }
}

ltl meets { <>[] up }
