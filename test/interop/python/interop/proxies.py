"""Real proxies in front of backends: nginx and haproxy, each on a Unix socket, which needs no port."""

import pathlib
import shutil
import subprocess
import tempfile

from interop.wait import wait_until

_NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  upstream backends {{
    {servers}
    keepalive 8;
  }}
  server {{
    listen unix:{folder}/socket http2;
    location / {{
      grpc_pass grpc://backends;
      grpc_connect_timeout 1s;
    }}
  }}
}}
"""

_HAPROXY = """
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  option redispatch
frontend all
  bind unix@{folder}/socket proto h2
  default_backend backends
backend backends
  balance roundrobin
  {servers}
"""


class Proxy:
    """One running proxy; `target` is what a client dials."""

    def __init__(self, program, config, servers, *arguments):
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self._log = pathlib.Path(self._folder.name, "log")
        file = pathlib.Path(self._folder.name, "config")
        file.write_text(config.format(folder=self._folder.name, servers="\n    ".join(servers)))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [_path(program), *arguments, file], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.target = f"unix:{self._folder.name}/socket"
        self._await_start(program)

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def _await_start(self, program):
        socket = pathlib.Path(self._folder.name, "socket")
        wait_until(lambda: socket.exists() or self._process.poll() is not None, bool, f"{program} to listen", 10)
        if self._process.poll() is not None:
            raise AssertionError(f"{program} has ended: {self._log.read_text()[-2000:]}")


def _path(program):
    path = shutil.which(program, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if not path:
        raise AssertionError(f"{program} is missing: apt install {program}")
    return path


def start_nginx(ports):
    return Proxy("nginx", _NGINX, [f"server 127.0.0.1:{port} fail_timeout=1s;" for port in ports], "-c")


def start_haproxy(ports):
    check = "proto h2 check inter 200ms fall 1 rise 1"
    return Proxy("haproxy", _HAPROXY, [f"server s{port} 127.0.0.1:{port} {check}" for port in ports], "-db", "-f")
