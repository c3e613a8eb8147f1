import { assertEquals, assertThrows } from "@std/assert";
import { parseEnvironmentFile, parseUnit, readService } from "./systemd_unit.ts";

const UNIT = `[Unit]
Description=Something
# A remark
[Service]
ExecStart=/usr/bin/it \\
  --file \${CREDENTIALS_DIRECTORY}/secret
Environment=A=1 B=2
EnvironmentFile=/etc/it.env
LoadCredential=secret:/etc/it/secret
RuntimeDirectory=it
Nice=10
Restart=on-failure
RestartSec=2s
DynamicUser=yes
CapabilityBoundingSet=
`;

Deno.test("a unit says what is run, as whom, and with what", () => {
  assertEquals(readService(parseUnit(UNIT)), {
    command: ["/usr/bin/it", "--file", "${CREDENTIALS_DIRECTORY}/secret"],
    environmentFiles: ["/etc/it.env"],
    environment: { A: "1", B: "2" },
    credentials: { secret: "/etc/it/secret" },
    runtimeFolders: ["it"],
    nice: 10,
    dynamicUser: true,
    noNewPrivileges: false,
    noCapabilities: true,
    restartMs: 2000,
    stopsAll: true,
  });
});

for (
  const [what, line] of [
    ["a second command", "ExecStart=/usr/bin/other"],
    ["a way to restart", "Restart=always"],
    ["a time span", "RestartSec=1min 30s"],
    ["a way to stop", "KillMode=none"],
    ["a line that is no setting", "Restart"],
  ]
) {
  Deno.test(`a unit with ${what} that no harness keeps is refused`, () => {
    assertThrows(() => readService(parseUnit(`${UNIT}${line}\n`)));
  });
}

Deno.test("an environment file has a variable a line, perhaps in quotes", () => {
  assertEquals(parseEnvironmentFile('# No\nA=1\n\nB="two words"\nC=a=b\n'), {
    A: "1",
    B: "two words",
    C: "a=b",
  });
});
