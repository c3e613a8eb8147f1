import { assertEquals, assertMatch } from "@std/assert";
import { freshPassword, PASSWORD_BYTES } from "../../../mod/pure/logins/fresh_password.ts";
import { earlierPassword, masterTexts } from "../../../mod/pure/logins/login_texts.ts";

Deno.test("each password is written as it is, and as a piece of configuration", () => {
  assertEquals(masterTexts({ controller: 'a"b\\c', agent: "12345678" }), {
    controller: 'a"b\\c',
    "controller.conf": 'password: "a\\"b\\\\c"\n',
    agent: "12345678",
    "agent.conf": 'password: "12345678"\n',
  });
});

Deno.test("a Secret without any password gives none", () => {
  assertEquals(earlierPassword(undefined, "agent"), undefined);
  assertEquals(earlierPassword({ "nats.conf": "port: 4222" }, "agent"), undefined);
  assertEquals(earlierPassword({ agent: "  " }, "agent"), undefined);
});

Deno.test("a made-up password has 256 random bits and reads as a text everywhere", () => {
  const password = freshPassword(new Uint8Array(PASSWORD_BYTES).fill(7));
  assertMatch(password, /^wi-(07){32}$/);
});
