# Source this in the checkout's folder to use programs by hand against `make emulator`: no account, no cloud, all state in
# .by-hand. It needs no `pulumi login`; for a backend of your own, `unset PULUMI_BACKEND_URL`.
mkdir -p .by-hand/backend
export PATH="$PWD/.venv/bin:$PWD/.pulumi-cli/bin:$PATH"
export PULUMI_HOME="$PWD/.by-hand/home" PULUMI_BACKEND_URL="file://$PWD/.by-hand/backend"
export PULUMI_CONFIG_PASSPHRASE=by-hand PULUMI_SKIP_UPDATE_CHECK=1
export VOLC_LIVE_ENDPOINT=http://127.0.0.1:8899
export VOLC_ACCESSKEY=emulator-access-key VOLC_SECRETKEY=emulator-secret-key
