import { assertEquals } from "@std/assert";
import { RevisionHistory } from "../../../mod/pure/objects/revision_history.ts";

const OWNER = { group: "apps", kind: "Deployment", name: "web" };
const of = (number: number, name = "web") => ({
  namespace: "shop",
  owner: { ...OWNER, name },
  number,
});

Deno.test("the newest idle revisions of each owner count, in whatever order they come", () => {
  for (const numbers of [[1, 2, 3, 4], [4, 3, 2, 1], [3, 1, 4, 2]]) {
    const history = new RevisionHistory(2);
    const kept = new Set<number>(numbers);
    for (const number of numbers) {
      const gone = history.put(`web-${number}`, of(number));
      if (gone !== undefined) kept.delete(Number(gone.slice(4)));
    }
    assertEquals([...kept].sort(), [3, 4]);
  }
});

Deno.test("owners have histories of their own", () => {
  const history = new RevisionHistory(1);
  assertEquals(history.put("web-1", of(1)), undefined);
  assertEquals(history.put("db-2", of(2, "db")), undefined);
  assertEquals(history.put("web-2", of(2)), "web-1");
});

Deno.test("one that was left out stays so when it is told again", () => {
  const history = new RevisionHistory(1);
  history.put("web-2", of(2));
  assertEquals(history.put("web-1", of(1)), "web-1");
  assertEquals(history.put("web-1", of(1)), "web-1");
});

Deno.test("when one that counted goes, one that was left out is missed", () => {
  const history = new RevisionHistory(1);
  for (const number of [1, 2]) history.put(`web-${number}`, of(number));
  assertEquals(history.isShort(), false);
  history.delete("web-2", of(2));
  assertEquals(history.isShort(), true);
  history.beginList();
  assertEquals(history.put("web-1", of(1)), undefined);
  assertEquals(history.isShort(), false);
});

Deno.test("nothing is missed of an owner all of whose revisions go, in whatever order", () => {
  for (const numbers of [[1, 2, 3], [3, 2, 1]]) {
    const history = new RevisionHistory(1);
    for (const number of [1, 2, 3]) history.put(`web-${number}`, of(number));
    for (const number of numbers) history.delete(`web-${number}`, of(number));
    assertEquals(history.isShort(), false);
  }
});
