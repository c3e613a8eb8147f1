/** Answers a GET or HEAD; undefined: there is nothing at that path. */
export type HttpHandler = (request: Request) => Promise<Response | undefined>;
