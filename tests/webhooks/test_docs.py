"""docs/webhooks.md: every sample verifies what is genuine and refuses what is not."""

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from acquiring.core import clock
from acquiring.webhooks import schedule, signing

PAGE = (settings.BASE_DIR / "docs" / "webhooks.md").read_text("utf-8")
SAMPLES = dict(re.findall(r"^```(\w+)(?: tab)?\n(.*?)^```$", PAGE, re.S | re.M))

# Reads the cases from standard input, prints one word each.
PYTHON = """
import json, sys
for case in json.load(sys.stdin):
    genuine = is_genuine(case["secret"], case["headers"], case["body"].encode())
    print("yes" if genuine else "no")
"""
JAVASCRIPT = """
for (const c of JSON.parse(require("fs").readFileSync(0)))
  console.log(isGenuine(c.secret, c.headers, Buffer.from(c.body)) ? "yes" : "no");
"""
PHP = """
foreach (json_decode(stream_get_contents(STDIN), true) as $case)
    echo is_genuine($case['secret'], $case['headers'], $case['body']) ? 'yes' : 'no', "\\n";
"""
GO = """package main

import ("encoding/json"; "fmt"; "net/http"; "os")

func main() {
	var cases []struct { Secret, Body string; Headers map[string]string }
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil { panic(err) }
	for _, c := range cases {
		headers := http.Header{}
		for name, value := range c.Headers { headers.Set(name, value) }
		answer := "no"
		if IsGenuine(c.Secret, headers, []byte(c.Body)) { answer = "yes" }
		fmt.Println(answer)
	}
}
"""
RUBY = """
require "json"
JSON.parse($stdin.read).each do |one|
  puts genuine?(one["secret"], one["headers"], one["body"]) ? "yes" : "no"
end
"""
# Java's library reads no JSON: it gets one field per line.
JAVA = """
import java.util.*;
public class Main {
    public static void main(String[] arguments) throws Exception {
        Scanner in = new Scanner(System.in, "UTF-8");
        while (in.hasNextLine()) {
            String secret = in.nextLine();
            Map<String, String> headers = new HashMap<>();
            for (String name : List.of("webhook-id", "webhook-timestamp", "webhook-signature"))
                headers.put(name, in.nextLine());
            byte[] body = in.nextLine().getBytes("UTF-8");
            System.out.println(Webhook.isGenuine(secret, headers, body) ? "yes" : "no");
        }
    }
}
"""


def cases():
    """(case, expected answer)."""
    secret, former = signing.new_secret(), signing.new_secret()
    body = '{"id":"evt_1","note":"größer ✓"}'
    moment = clock.now()
    good = signing.headers("evt_1", moment, body.encode(), [secret])

    def case(answer, **changes):
        return {"secret": secret, "headers": good, "body": body, **changes}, answer

    def signed(when, *secrets):
        return signing.headers("evt_1", when, body.encode(), secrets)

    value = good["webhook-signature"]
    return [
        case("yes"),
        case("yes", headers=signed(moment, former, secret)),
        case("yes", headers={**good, "webhook-signature": f"v1a,zzz {value}"}),
        case("yes", headers=signed(moment - timedelta(minutes=4), secret)),
        case("no", body=body.replace("ö", "o")),
        case("no", secret=former),
        case("no", headers={**good, "webhook-id": "evt_2"}),
        case("no", headers={**good, "webhook-signature": value[:-4]}),
        case("no", headers={**good, "webhook-signature": value.replace("v1,", "v2,")}),
        case("no", headers=signed(moment - timedelta(minutes=6), secret)),
        case("no", headers=signed(moment + timedelta(minutes=6), secret)),
    ]


def run(command, text, directory: Path):
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, cwd=directory, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def tool(name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    return name


def test_python(tmp_path):
    (tmp_path / "main.py").write_text(SAMPLES["python"] + PYTHON)
    given, expected = zip(*cases(), strict=True)

    assert run([sys.executable, "main.py"], json.dumps(given), tmp_path) == list(expected)


def test_javascript(tmp_path):
    (tmp_path / "main.cjs").write_text(SAMPLES["javascript"] + JAVASCRIPT)
    given, expected = zip(*cases(), strict=True)

    assert run([tool("node"), "main.cjs"], json.dumps(given), tmp_path) == list(expected)


def test_php(tmp_path):
    (tmp_path / "main.php").write_text(SAMPLES["php"] + PHP)
    given, expected = zip(*cases(), strict=True)

    assert run([tool("php"), "main.php"], json.dumps(given), tmp_path) == list(expected)


def test_go(tmp_path):
    (tmp_path / "webhook.go").write_text(SAMPLES["go"])
    (tmp_path / "main.go").write_text(GO)
    given, expected = zip(*cases(), strict=True)

    command = [tool("go"), "run", "webhook.go", "main.go"]
    assert run(command, json.dumps(given), tmp_path) == list(expected)


def test_ruby(tmp_path):
    (tmp_path / "main.rb").write_text(SAMPLES["ruby"] + RUBY)
    given, expected = zip(*cases(), strict=True)

    assert run([tool("ruby"), "main.rb"], json.dumps(given), tmp_path) == list(expected)


def test_java(tmp_path):
    (tmp_path / "Webhook.java").write_text(SAMPLES["java"])
    (tmp_path / "Main.java").write_text(JAVA)
    given, expected = zip(*cases(), strict=True)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    lines = [
        line
        for one in given
        for line in (one["secret"], *(one["headers"][name] for name in names), one["body"])
    ]

    run([tool("javac"), "-encoding", "UTF-8", "Webhook.java", "Main.java"], "", tmp_path)
    text = "\n".join(lines) + "\n"
    assert run([tool("java"), "-cp", ".", "Main"], text, tmp_path) == list(expected)


def test_the_page_tells_the_delays_there_are():
    units = {"s": 1, "min": 60, "h": 3600}
    (row,) = re.findall(r"^\| wait \|(.*)\|$", PAGE, re.M)
    told = [re.findall(r"(\d+) (s|min|h)", cell)[0] for cell in row.split("|")]

    assert tuple(int(count) * units[unit] for count, unit in told) == schedule.DELAYS_SECONDS
