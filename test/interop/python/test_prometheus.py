"""A real Prometheus scrapes the example service and answers queries; deploy/ holds what it and Grafana understand."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from interop.case import PATIENCE
from interop.client import grpc, open_channel, stub
from interop.limits import seconds
from interop.ports import free_port
from interop.protos import message
from interop.server import Server
from interop.wait import wait_until

GetResourceRequest = message("myservice.GetResourceRequest")
ListResourcesRequest = message("myservice.ListResourcesRequest")

ROOT = pathlib.Path(__file__).resolve().parents[3]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/plinth.json"
DOC = ROOT / "doc/metrics.md"

# Names of labels have one underscore.
NAME = re.compile(r"\b(?:grpc|plinth)_[a-z]+_[a-z_]+\b")
HISTOGRAM_PART = re.compile(r"_(bucket|sum|count)$")


def promtool(*arguments, **options):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=seconds(30), **options)


def get(url):
    with urllib.request.urlopen(url, timeout=seconds(5)) as answer:
        return answer.read().decode()


class Prometheus:
    """A Prometheus with a scrape of `target` each second, and the project's alerts."""

    def __init__(self, target):
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-prometheus-")
        config = pathlib.Path(self._folder.name, "prometheus.yml")
        settings = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ALERTS)],
            "scrape_configs": [{"job_name": "myservice", "static_configs": [{"targets": [target]}]}],
        }
        config.write_text(json.dumps(settings))  # JSON is YAML
        self._address = f"127.0.0.1:{free_port()}"
        self._log = open(pathlib.Path(self._folder.name, "log"), "w+")
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={self._folder.name}/data",
                f"--web.listen-address={self._address}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(self._is_ready, bool, "Prometheus to be ready", limit=30)

    def stop(self):
        self._process.terminate()
        self._process.wait(seconds(20))
        self._log.close()
        self._folder.cleanup()

    def query(self, expression):
        """Gives [({label: value}, number)]."""
        found = self._api("query?" + urllib.parse.urlencode({"query": expression}))
        return [(sample["metric"], float(sample["value"][1])) for sample in found["result"]]

    def targets(self):
        return self._api("targets")["activeTargets"]

    def rules(self):
        return [rule for group in self._api("rules")["groups"] for rule in group["rules"]]

    def _api(self, path):
        return json.loads(get(f"http://{self._address}/api/v1/{path}"))["data"]

    def _is_ready(self):
        if self._process.poll() is not None:
            self._log.seek(0)
            raise AssertionError(f"Prometheus has ended:\n{self._log.read()[-2000:]}")
        try:
            return "Ready" in get(f"http://{self._address}/-/ready")
        except (urllib.error.URLError, OSError):
            return False


class ScrapeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.metrics_port = free_port()
        cls.server = Server("myservice", environment={"OBSERVABILITY__METRICS_PORT": str(cls.metrics_port)})
        cls.addClassCleanup(cls.server.stop)
        cls.call()
        cls.prometheus = Prometheus(f"127.0.0.1:{cls.metrics_port}")
        cls.addClassCleanup(cls.prometheus.stop)

    @classmethod
    def call(cls):
        """Three calls that end well, one that does not, one stream of five, one of no service."""
        with open_channel(cls.server.address) as channel:
            service = stub(channel, "myservice.MyService")
            for _ in range(3):
                service.GetResource(GetResourceRequest(id="1"), timeout=PATIENCE)
            list(service.ListResources(ListResourcesRequest(page_size=5), timeout=PATIENCE))
            for call, request in (
                (service.GetResource, GetResourceRequest(id="no-such")),
                (channel.unary_unary("/no.Such/Method"), b""),
            ):
                try:
                    call(request, timeout=PATIENCE)
                except grpc.RpcError:
                    continue

    def assert_sample(self, expression, expected):
        holds = lambda found: [value for _, value in found] == [expected]
        wait_until(lambda: self.prometheus.query(expression), holds, f"{expression} to be {expected}", limit=20)

    def test_calls_are_counted_by_method_and_status(self):
        requests = 'grpc_server_requests_total{method="%s",status="%s"}'
        self.assert_sample(requests % ("/myservice.MyService/GetResource", "OK"), 3)
        self.assert_sample(requests % ("/myservice.MyService/GetResource", "NOT_FOUND"), 1)
        self.assert_sample(requests % ("/myservice.MyService/ListResources", "OK"), 1)
        self.assert_sample(requests % ("other", "UNIMPLEMENTED"), 1)

    def test_calls_are_timed(self):
        method = '{method="/myservice.MyService/GetResource"}'
        self.assert_sample("grpc_server_request_duration_seconds_count" + method, 4)
        self.assert_sample("grpc_server_requests_in_progress" + method, 0)
        quantile = "histogram_quantile(0.99, sum by (le) (grpc_server_request_duration_seconds_bucket%s)) < bool 10"
        self.assert_sample(quantile % method, 1)

    def test_messages_and_bytes_are_counted(self):
        self.assert_sample('grpc_server_messages_sent_total{method="/myservice.MyService/ListResources"}', 5)
        labels = '{grpc_method="myservice.MyService/ListResources",grpc_status="OK"}'
        self.assert_sample(f"grpc_server_call_sent_total_compressed_message_size_bytes_sum{labels} > bool 50", 1)
        self.assert_sample(f"grpc_server_call_duration_seconds_count{labels}", 1)

    def test_the_process_tells_how_it_is(self):
        for gauge in ("plinth_server_connections", "plinth_server_streams", "plinth_offload_queue_length"):
            self.assert_sample(f"count({gauge})", 1)
        self.assert_sample("max(plinth_worker_loop_lag_seconds) < bool 5", 1)

    def test_the_scrape_is_well(self):
        self.assert_sample("up", 1)
        self.assertEqual([target["lastError"] for target in self.prometheus.targets()], [""])

    def test_the_alerts_are_evaluated(self):
        evaluated = lambda rules: rules and all(rule["health"] == "ok" for rule in rules)
        wait_until(self.prometheus.rules, evaluated, "all alerts to be evaluated", limit=30)

    def scraped(self):
        return get(f"http://127.0.0.1:{self.metrics_port}/metrics")

    def test_promtool_has_nothing_to_say(self):
        checked = promtool("check", "metrics", input=self.scraped())
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_every_metric_is_documented(self):
        names = {line.split()[2] for line in self.scraped().splitlines() if line.startswith("# TYPE ")}
        self.assertEqual(names - set(NAME.findall(DOC.read_text())), set())


class DeployTest(unittest.TestCase):
    def assert_well(self, *arguments):
        done = promtool(*arguments)
        self.assertEqual(done.returncode, 0, f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}")

    def expressions(self):
        panels = json.loads(DASHBOARD.read_text())["panels"]
        return [target["expr"] for panel in panels for target in panel.get("targets", [])]

    def test_the_configuration_and_its_rules_are_valid(self):
        self.assert_well("check", "config", str(ALERTS.with_name("prometheus.yml")))

    def test_alerts_fire_when_they_should_and_only_then(self):
        self.assert_well("test", "rules", str(ALERTS.with_name("alerts_test.yml")))

    def test_the_dashboard_asks_what_prometheus_understands(self):
        self.assertGreater(len(self.expressions()), 20)
        rules = [
            {"record": f"panel:{index}", "expr": expression.replace("$__rate_interval", "5m")}
            for index, expression in enumerate(self.expressions())
        ]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "panels.yml")
            file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
            self.assert_well("check", "rules", str(file))

    def test_panels_do_not_overlap(self):
        taken = set()
        for panel in json.loads(DASHBOARD.read_text())["panels"]:
            place = panel["gridPos"]
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken.add((x, y))

    def test_every_metric_that_is_asked_for_is_documented(self):
        documented = set(NAME.findall(DOC.read_text()))
        text = "".join(self.expressions()) + ALERTS.read_text()
        asked = {HISTOGRAM_PART.sub("", name) for name in NAME.findall(text)}
        self.assertGreater(len(asked), 15)
        self.assertEqual(asked - documented, set())


if __name__ == "__main__":
    unittest.main()
