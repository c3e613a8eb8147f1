{{/*
Paths of containerd on the nodes, and what else the distribution asks for, as YAML:
  address, root: the socket, and where images lie
  hostsDir: registry-hosts folder ("none": no folder)
  securityContext: joins the container's own
*/}}
{{- define "warm-images.containerd" -}}
{{- $known := include "warm-images.distributions" . | fromYaml -}}
{{- $paths := merge (index $known .Values.agent.distribution) (dict "securityContext" dict) -}}
{{- range $name, $given := pick .Values.agent.containerd "address" "root" "hostsDir" -}}
{{- if $given -}}
{{- $_ := set $paths $name (trimSuffix "/" $given) -}}
{{- end -}}
{{- end -}}
{{- toYaml $paths -}}
{{- end -}}

{{/*
k3s and rke2 write their folder anew at each start; k0s has none until its documentation's example is
followed. /run, below which agents keep what concerns running pulls, is a file system in memory everywhere, and the
node's own for containerd and kubelet alike. For the systems whose root is read-only, the source of each
path:

talos: makes its folder at each start and binds it read-only (internal/app/machined/pkg/controllers/
  files/cri_registry_config.go in github.com/siderolabs/talos); nothing else can be made in its /etc
  (github.com/spegel-org/spegel/issues/638). Its kubelet sees another /etc than containerd, so that
  "Directory" as the type of the volume would not do. The /run of both is one (services/kubelet.go
  below internal/app/machined/pkg/system there).
bottlerocket: /etc/containerd is a writable tmpfs (etc-containerd.mount of its containerd packages in
  github.com/bottlerocket-os/bottlerocket-core-kit), whose label, secret_t, ordinary containers cannot
  read (packages/selinux-policy there). With containerd 1.7 it keeps mirrors in config.toml, where no
  ctr finds them; with 2 in this folder (containerd-config-toml_k8s_containerd_sock). In /run every
  container may write (any_t: fs.cil and rules.cil of that policy).
flatcar: containerd's own paths (containerd/files/config.toml below
  coreos-overlay/app-containers in github.com/flatcar/scripts); only /usr is read-only, and the
  folder counts once config_path names it (github.com/flatcar/Flatcar/issues/583).
*/}}
{{- define "warm-images.distributions" -}}
containerd:
  address: /run/containerd/containerd.sock
  root: /var/lib/containerd
  hostsDir: /etc/containerd/certs.d
k3s:
  address: /run/k3s/containerd/containerd.sock
  root: /var/lib/rancher/k3s/agent/containerd
  hostsDir: /var/lib/rancher/k3s/agent/etc/containerd/certs.d
rke2:
  address: /run/k3s/containerd/containerd.sock
  root: /var/lib/rancher/rke2/agent/containerd
  hostsDir: /var/lib/rancher/rke2/agent/etc/containerd/certs.d
k0s:
  address: /run/k0s/containerd.sock
  root: /var/lib/k0s/containerd
  hostsDir: /etc/k0s/containerd.d/certs.d
microk8s:
  address: /var/snap/microk8s/common/run/containerd.sock
  root: /var/snap/microk8s/common/var/lib/containerd
  hostsDir: /var/snap/microk8s/current/args/certs.d
talos:
  address: /run/containerd/containerd.sock
  root: /var/lib/containerd
  hostsDir: /etc/cri/conf.d/hosts
bottlerocket:
  address: /run/containerd/containerd.sock
  root: /var/lib/containerd
  hostsDir: /etc/containerd/certs.d
  securityContext:
    seLinuxOptions:
      type: control_t
flatcar:
  address: /run/containerd/containerd.sock
  root: /var/lib/containerd
  hostsDir: /etc/containerd/certs.d
{{- end -}}
