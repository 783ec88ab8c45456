import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { mustRun, programTest, temporaryFolder } from "./program.ts";

/** PHP's Net_Sieve, through which Roundcube's managesieve plug-in speaks: a filter is made, edited and taken away. */

const USER = "rc@cube.test";
const home = temporaryFolder();
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startServer();
  await server.addAccount(USER, "correct horse");
});
Deno.test.afterAll(() => server.remove());

/** Runs a script with a logged-in `$sieve`; what it prints. */
async function php(script: string): Promise<string> {
  const { ports, caFile } = server;
  const head = `<?php
error_reporting(E_ALL & ~E_DEPRECATED);
require 'Net/Sieve.php';
function must($result) {
  if (is_a($result, 'PEAR_Error')) { fwrite(STDERR, $result->getMessage()); exit(1); }
  return $result;
}
$sieve = new Net_Sieve();
$options = ['ssl' => ['cafile' => ${JSON.stringify(caFile)}, 'peer_name' => 'localhost']];
must($sieve->connect('localhost', ${ports.managesieve}, $options, true));
must($sieve->login(${JSON.stringify(USER)}, 'correct horse'));
`;
  const file = `${home}/run.php`;
  await Deno.writeTextFile(file, head + script);
  return await mustRun("php", ["-d", "include_path=/usr/share/php", file], { home });
}

/** As the plug-in writes it. */
const RULES = [
  'require ["copy","fileinto","imap4flags","mailbox","vacation"];',
  "# rule:[Lists]",
  'if allof (header :contains ["subject","from"] ["list \\"x\\"","ä"], size :over 10K)',
  "{",
  '\tfileinto :copy "Lists/ä";',
  '\taddflag ["\\\\Seen","work"];',
  "\tstop;",
  "}",
  "# rule:[Away]",
  "if true",
  "{",
  '\tvacation :days 3 :addresses "rc@cube.test" :subject "Away" text:',
  "I am away.",
  "..dot",
  ".",
  ";",
  "}",
  "",
].join("\r\n");

programTest(["php"], "Net_Sieve makes, edits, activates and removes a filter over STARTTLS", async () => {
  await Deno.writeTextFile(`${home}/rules.sieve`, RULES);
  const out = await php(`
$rules = file_get_contents('${home}/rules.sieve');
foreach (['fileinto', 'vacation', 'imap4flags'] as $one) if (!$sieve->hasExtension($one)) exit(2);
must($sieve->haveSpace('roundcube', strlen($rules)));
must($sieve->installScript('roundcube', $rules, true));
must($sieve->installScript('kurz "ü"', 'keep;'));
echo json_encode([must($sieve->listScripts()), must($sieve->getActive())]), "\\n";
if (must($sieve->getScript('roundcube')) !== $rules . "\\r\\n" && must($sieve->getScript('roundcube')) !== $rules) exit(3);
echo trim(must($sieve->getScript('kurz "ü"'))), "\\n";
must($sieve->installScript('roundcube', str_replace('10K', '20K', $rules)));
must($sieve->setActive(''));
must($sieve->removeScript('roundcube'));
echo json_encode(must($sieve->listScripts())), "\\n";
`);
  assert.deepEqual(out.trim().split("\n").map((line) => line.startsWith("[") ? JSON.parse(line) : line), [
    [['kurz "ü"', "roundcube"], "roundcube"],
    "keep;",
    ['kurz "ü"'],
  ]);
});

programTest(["php"], "Net_Sieve shows every error of a filter, and hears of a wrong password", async () => {
  const said = await php(`
$result = $sieve->installScript('bad', "keep;\\r\\nno;\\r\\nnor this;\\r\\n");
echo is_a($result, 'PEAR_Error') ? $result->getMessage() : 'stored', "\\n";
$other = new Net_Sieve();
must($other->connect('localhost', ${server.ports.managesieve}, $options, true));
$result = $other->login('${USER}', 'wrong horse');
echo is_a($result, 'PEAR_Error') ? 'refused' : 'let in';
`);
  assert.match(said, /line 2, column 1: .* line 3, column 1: /);
  assert.match(said, /refused$/);
});
