import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Deadline, DeadlineError } from "../../mod/async/deadline.ts";

Deno.test("a deadline aborts when time runs out, and says what was waited for", () => {
  using time = new FakeTime(0);
  using deadline = new Deadline(1_500, "an answer");
  time.tick(1_499);
  assert(!deadline.signal.aborted);
  time.tick(1);
  const { reason } = deadline.signal;
  assert(reason instanceof DeadlineError);
  assertEquals(reason.message, "Timed out after 1.5 s waiting for an answer");
});

Deno.test("a deadline that is restarted has its whole time again", () => {
  using time = new FakeTime(0);
  using deadline = new Deadline(1_000, "the first byte");
  time.tick(900);
  deadline.restart(2_000, "the next byte");
  time.tick(1_999);
  assert(!deadline.signal.aborted);
  time.tick(1);
  assertEquals(
    deadline.signal.reason.message,
    "Timed out after 2 s waiting for the next byte",
  );
});

Deno.test("a deadline aborts with its parent, for the parent's reason", () => {
  using _time = new FakeTime(0);
  const stop = new AbortController();
  using deadline = new Deadline(1_000, "an answer", stop.signal);
  deadline.stop();
  stop.abort("stopped");
  assertEquals(deadline.signal.reason, "stopped");
  using late = new Deadline(1_000, "an answer", stop.signal);
  assertEquals(late.signal.reason, "stopped");
});

Deno.test("a deadline that is stopped or disposed of never aborts", () => {
  using time = new FakeTime(0);
  const parent = new AbortController();
  using stopped = new Deadline(1_000, "an answer");
  stopped.stop();
  const disposed = new Deadline(1_000, "an answer", parent.signal);
  disposed[Symbol.dispose]();
  time.tick(2_000);
  parent.abort();
  assertEquals([stopped.signal.aborted, disposed.signal.aborted], [false, false]);
});
