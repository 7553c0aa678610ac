/** The prefix of their names; the name of the present one follows. */
export const EARLIER = "earlier ";
