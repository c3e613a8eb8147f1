/** The time of day of the API server, by which objects are as old as their timestamps say. */
export interface ServerClock {
  /** Ms since the epoch; by this machine's clock while the server has not answered yet. */
  wallMs(): number;
}
