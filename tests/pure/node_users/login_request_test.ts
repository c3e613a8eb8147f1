import { assertEquals } from "@std/assert";
import { loginEndS, readLoginRequest } from "../../../mod/pure/node_users/login_request.ts";

const TOKEN = "aGVhZA.Y2xhaW1z.c2ln";

function claims(options: Record<string, unknown>, server = "NSERVER") {
  return {
    iat: 1000,
    iss: "NSERVER",
    nats: {
      ["user_nkey"]: "UCLIENT",
      ["server_id"]: { id: server },
      ["connect_opts"]: options,
    },
  };
}

Deno.test("a request says which client of which server shows which token", () => {
  assertEquals(readLoginRequest(claims({ ["auth_token"]: TOKEN, lang: "nats.js" })), {
    client: "UCLIENT",
    server: "NSERVER",
    atS: 1000,
    token: TOKEN,
  });
});

Deno.test("what no token of a service account can be is none", () => {
  const others = ["", "secret", `${TOKEN}.x`, `${TOKEN}\n`, `a.${"b".repeat(5000)}.c`];
  for (const token of others) {
    const read = readLoginRequest(claims({ ["auth_token"]: token }));
    assertEquals([token, read?.token], [token, undefined]);
  }
  assertEquals(readLoginRequest(claims({ user: "agent", pass: "x" }))?.token, undefined);
});

Deno.test("what is signed by another than the server it names is no request", () => {
  assertEquals(readLoginRequest(claims({}, "NOTHER")), undefined);
  assertEquals(readLoginRequest({}), undefined);
  assertEquals(readLoginRequest("text"), undefined);
});

Deno.test("a login ends with its token, by the clock of the server that asks", () => {
  const hour = 3600_000;
  assertEquals(loginEndS({ atS: 1000 }, { untilMs: 9 * hour, nowMs: 8 * hour }), 4600);
  assertEquals(loginEndS({ atS: 1000 }, { untilMs: 8 * hour - 5000, nowMs: 8 * hour }), 1010);
});
