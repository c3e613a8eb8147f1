import { assertEquals, assertRejects } from "@std/assert";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { DateHeaderClock } from "../../../mod/adapters/kubernetes/server_clock.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { type RawExchange, RawHttpServer } from "../../harness/fakes/raw_http.ts";
import { writeKubeconfig } from "../../harness/servers/kubeconfig.ts";
import { never } from "../../harness/signals.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-27T06:00:00Z");

/** A machine's clock, and what a server says whose clock is another: at first an hour ahead. */
class Times implements Clock {
  nowMs = 0;
  ownMs = START;
  serverMs = START + HOUR;
  readonly clock = new DateHeaderClock(this);

  wallMs(): number {
    return this.ownMs + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs + 12_345; // since some moment
  }

  /** The server's time of day. */
  get there(): number {
    return this.serverMs + this.nowMs;
  }

  /** Asks the server, which writes its answer so long after it was asked, at so much later. */
  ask(toServerMs = 0, backMs = 0): void {
    const answered = this.clock.asked();
    this.nowMs += toServerMs;
    const date = new Date(this.there).toUTCString();
    this.nowMs += backMs;
    answered(date);
  }

  /** How far the clock is off, in ms. */
  get off(): number {
    return this.clock.wallMs() - this.there;
  }
}

Deno.test("until the server has answered its time is the machine's", () => {
  const times = new Times();
  times.nowMs = 777;
  assertEquals(times.clock.wallMs(), START + 777);
});

Deno.test("after one answer it is known to half a second, whatever the machine's clock says", () => {
  for (const part of [0, 250, 500, 999]) {
    const times = new Times();
    times.nowMs = part;
    times.ask();
    assertEquals(times.off, 500 - part);
    times.nowMs += 10 * 60_000;
    times.ownMs -= 2 * HOUR;
    assertEquals(times.off, 500 - part, "it goes on by itself, and nobody sets it");
  }
});

Deno.test("further answers narrow it down, and never throw it back and forth", () => {
  const times = new Times();
  const seen: number[] = [];
  for (const part of [900, 100, 950, 500, 20, 980]) {
    times.nowMs = Math.ceil(times.nowMs / 1000) * 1000 + part;
    times.ask();
    seen.push(times.off);
  }
  assertEquals(seen, [-400, -100, -100, -100, -20, -20]);
});

Deno.test("an answer that was long under way says as little as that", () => {
  const times = new Times();
  times.nowMs = 400;
  times.ask();
  assertEquals(times.off, 100);
  times.ask(0, 25_000);
  times.ask(25_000, 0);
  assertEquals(times.off, 100, "it may have been written at any moment of these");
  const slow = new Times();
  slow.ask(4_000, 2_000);
  assertEquals(slow.off, 1_500, "2 s behind to 5 s ahead were possible");
});

Deno.test("a Date that is none is left out", () => {
  const times = new Times();
  const nonsense = [
    ...[null, "", "0", "yesterday", "2030-01-01T00:00:00Z", "1 Jan 2030", "1893456000"],
    ...["Tue, 99 Jan 2030 00:00:00 GMT", "Tue, 01 Foo 2030 00:00:00 GMT"],
    "Tue, 01 Jan 2030 00:00:00 +0300",
  ];
  for (const date of nonsense) times.clock.asked()(date);
  assertEquals(times.clock.wallMs(), START);
  times.ask();
  for (const date of nonsense) times.clock.asked()(date);
  assertEquals(times.off, 500);
});

Deno.test("a server whose clock is set is followed at its next answer", () => {
  const times = new Times();
  times.ask();
  for (const step of [-2 * HOUR, 30 * HOUR, 5_000]) {
    times.serverMs += step;
    times.ask();
    assertEquals(Math.abs(times.off) <= 1_000, true, `${times.off} ms off`);
  }
});

Deno.test("a client's answers tell the time: a watch's when it begins, a failure's never", async () => {
  const folder = await Deno.makeTempDir();
  const ends = Promise.withResolvers<void>();
  const dates: Record<string, string> = {
    "/list": "Fri, 27 Nov 2026 07:00:00 GMT",
    "/watch": "Fri, 27 Nov 2026 08:00:00 GMT",
    "/failure": "Fri, 27 Nov 2026 09:00:00 GMT",
  };
  const handle = async (exchange: RawExchange) => {
    const { pathname } = exchange.url;
    const headers = { date: dates[pathname] ?? "" };
    if (pathname !== "/watch") {
      return await exchange.answer(pathname === "/failure" ? 502 : 200, "{}", headers);
    }
    const body = await exchange.begin(headers);
    await body.write("first");
    await ends.promise;
    await body.end();
  };
  try {
    await using server = new RawHttpServer(0, handle);
    const kubeconfig = `${folder}/config`;
    await writeKubeconfig(kubeconfig, {
      server: `http://127.0.0.1:${server.port}`,
      user: { token: "x" },
    });
    let nowMs = 50_000;
    const clock = { wallMs: () => START, monotonicMs: () => nowMs };
    const serverClock = new DateHeaderClock(clock);
    using client = openKubernetes({ kubeconfig, logger: recordingLogger(), serverClock });
    const time = () => new Date(serverClock.wallMs()).toISOString();
    const signal = never();
    assertEquals(time(), "2026-11-27T06:00:00.000Z");
    await client.request("/list", { signal });
    assertEquals(time(), "2026-11-27T07:00:00.500Z");
    await assertRejects(() => client.request("/failure", { signal }));
    assertEquals(time(), "2026-11-27T07:00:00.500Z");
    const pieces = await client.stream("/watch", { signal });
    assertEquals(time(), "2026-11-27T08:00:00.000Z", "the nearest to what was known");
    nowMs += 10 * 60_000;
    ends.resolve();
    for await (const _piece of pieces);
    assertEquals(time(), "2026-11-27T08:10:00.000Z");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
