/** A prefix; the name of the contestant follows. */
export const EARLIER = "earlier ";
