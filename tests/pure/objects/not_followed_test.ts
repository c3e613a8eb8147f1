import { assertEquals } from "@std/assert";
import { notFollowedText } from "../../../mod/pure/objects/not_followed.ts";

Deno.test("what is not followed is told with its objects, most of them first", () => {
  const kinds = [{ kind: "Foo.example.com", count: 3 }, { kind: "Bar.example.com", count: 9 }];
  assertEquals(
    notFollowedText(kinds),
    "12 objects of kinds that are not followed name images: " +
      "Bar.example.com 9, Foo.example.com 3; add them to --kinds",
  );
  assertEquals(notFollowedText([]), undefined);
  assertEquals(
    notFollowedText([{ kind: "Foo.example.com", count: 1 }]),
    "1 object of kinds that are not followed names images: Foo.example.com 1; add them to --kinds",
  );
});

Deno.test("where one kind cannot be counted, no sum is told", () => {
  assertEquals(
    notFollowedText([{ kind: "Foo.example.com" }, { kind: "Bar.example.com", count: 9 }]),
    "Objects of kinds that are not followed name images: " +
      "Bar.example.com 9, Foo.example.com; add them to --kinds",
  );
});

Deno.test("of many kinds the first are named", () => {
  const kinds = Array.from({ length: 10 }, (_, index) => ({ kind: `Kind${index}`, count: 1 }));
  assertEquals(notFollowedText(kinds)?.includes("Kind7 1 and 2 more kinds; add"), true);
});
