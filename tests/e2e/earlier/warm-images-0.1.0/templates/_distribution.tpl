{{/* Paths of containerd on the nodes, as YAML: address, root, hostsDir ("none": no folder). */}}
{{- define "warm-images.containerd" -}}
{{- $known := include "warm-images.distributions" . | fromYaml -}}
{{- $paths := index $known .Values.agent.distribution -}}
{{- range $name, $given := pick .Values.agent.containerd "address" "root" "hostsDir" -}}
{{- if $given -}}
{{- $_ := set $paths $name (trimSuffix "/" $given) -}}
{{- end -}}
{{- end -}}
{{- toYaml $paths -}}
{{- end -}}

{{/*
k3s and rke2 write their folder anew at each start; k0s has none until its documentation's example is
followed.
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
{{- end -}}
