#!/usr/bin/python3
"""The manifest of the example: what one part of it says, the others and the program know."""

import sys
import unittest

sys.dont_write_bytecode = True

import yaml  # noqa: E402
from pages import read, settings  # noqa: E402 (no bytecode of it)

MANIFEST = "deploy/kubernetes/myservice.yaml"
LAST_WORDS = 10  # seconds in which the program sends its last spans and writes its last lines


class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = {entry["kind"]: entry for entry in yaml.safe_load_all(read(MANIFEST))}
        cls.template = cls.objects["Deployment"]["spec"]["template"]
        cls.pod = cls.template["spec"]
        (cls.container,) = cls.pod["containers"]
        cls.ports = {port["name"]: port["containerPort"] for port in cls.container["ports"]}
        cls.environment = {entry["name"]: entry.get("value") for entry in cls.container["env"]}

    def test_all_variables_are_settings(self):
        self.assertGreater(len(self.environment), 3)
        self.assertEqual(set(self.environment) - set(settings()), set())

    def test_the_ports_are_those_of_the_program(self):
        self.assertEqual(str(self.ports["grpc"]), settings()["GRPC__SERVER__PORT"])
        self.assertEqual(str(self.ports["admin"]), settings()["OBSERVABILITY__METRICS_PORT"])
        for probe in ("livenessProbe", "readinessProbe"):
            self.assertEqual(self.container[probe]["grpc"]["port"], self.ports["grpc"], probe)

    def test_liveness_does_not_ask_for_the_database(self):
        self.assertNotEqual(self.container["livenessProbe"]["grpc"].get("service", ""), "")
        self.assertEqual(self.container["readinessProbe"]["grpc"].get("service", ""), "")

    def test_calls_have_their_time_to_end(self):
        pause = self.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        grace = float(self.environment["GRPC__SERVER__SHUTDOWN_GRACE"])
        self.assertGreaterEqual(self.pod["terminationGracePeriodSeconds"], pause + grace + LAST_WORDS)

    def test_prometheus_finds_the_metrics_and_can_reach_them(self):
        annotations = self.template["metadata"]["annotations"]
        self.assertEqual(annotations["prometheus.io/scrape"], "true")
        self.assertEqual(annotations["prometheus.io/port"], str(self.ports["admin"]))
        self.assertEqual(annotations["prometheus.io/path"], "/metrics")
        self.assertEqual(self.environment["OBSERVABILITY__METRICS_HOST"], "0.0.0.0")

    def test_the_service_is_headless_and_finds_the_pods(self):
        service = self.objects["Service"]["spec"]
        self.assertEqual(service["clusterIP"], "None")
        (port,) = service["ports"]
        self.assertEqual((port["port"], port["targetPort"]), (self.ports["grpc"], "grpc"))
        labels = self.template["metadata"]["labels"]
        self.assertEqual(service["selector"], labels)
        self.assertEqual(self.objects["Deployment"]["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(self.objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"], labels)

    def test_only_prometheus_reaches_the_admin_port(self):
        rules = self.objects["NetworkPolicy"]["spec"]["ingress"]
        (rule,) = [rule for rule in rules if {"port": "admin"} in rule["ports"]]
        self.assertTrue(rule["from"])
        self.assertLessEqual({port["port"] for rule in rules for port in rule["ports"]}, set(self.ports))

    def test_the_program_may_do_no_more_than_it_must(self):
        self.assertTrue(self.pod["securityContext"]["runAsNonRoot"])
        rights = self.container["securityContext"]
        self.assertFalse(rights["allowPrivilegeEscalation"])
        self.assertTrue(rights["readOnlyRootFilesystem"])
        self.assertEqual(rights["capabilities"], {"drop": ["ALL"]})
        self.assertEqual(set(self.container["resources"]), {"requests", "limits"})


if __name__ == "__main__":
    unittest.main()
