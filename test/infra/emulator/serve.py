"""Starts ministack as `python -m ministack` does, with what it lacks, and ends it with whoever has started it."""

import base64
import contextvars
import json
import os
import signal
import sys
import threading

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.core.arn import execute_api_arn
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1, cognito, eventbridge, lambda_svc, sqs


def pass_client_context():
    """
    ministack 1.5.33 drops the client context of an invocation (X-Amz-Client-Context), by which a gateway tells a function
    which tool it is called for. Here it goes the way that ministack's own values of an invocation go to a worker.
    """
    context = contextvars.ContextVar("client_context", default=None)
    invoke, overlay = lambda_svc._invoke, lambda_svc._durable_env_overlay

    async def invoke_with_context(name, event, headers, *args, **kwargs):
        encoded = headers.get("x-amz-client-context")
        context.set(json.loads(base64.b64decode(encoded)) if encoded else None)
        return await invoke(name, event, headers, *args, **kwargs)

    lambda_svc._invoke = invoke_with_context
    lambda_svc._durable_env_overlay = lambda: {**overlay(), "clientContext": context.get()}
    dropped, passed = "clientContext: null", "clientContext: ctx.durable?.clientContext ?? null"
    if lambda_runtime._NODEJS_WORKER_SCRIPT.count(dropped) != 1:
        sys.exit("This ministack makes the context of a Node function otherwise than 1.5.33 does.")
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(dropped, passed)


def tell_encryption_context():
    """
    ministack 1.5.33 decides about a key without kms:EncryptionContext:*, by which the key's and the roles' policies say
    what it may be used for.
    """
    conditions = iam_actions.request_tag_context

    def with_encryption_context(service, action, body, params):
        known = conditions(service, action, body, params)
        if service != "kms":
            return known
        said = json.loads(body or b"{}").get("EncryptionContext") or {}
        return {**known, **{f"kms:EncryptionContext:{name}": value for name, value in said.items()}}

    iam_actions.request_tag_context = with_encryption_context


def keep_path_encoded():
    """
    ministack 1.5.33 decodes the path that a REST API hands to a function. AWS hands it on as it was sent, so that an ARN
    in it is one segment.
    """
    sent = contextvars.ContextVar("sent_path", default=None)
    handle, event_of = app._handle_execute_api_request, apigateway_v1._build_lambda_event_v1

    async def handle_knowing_path(host, path, *args, raw_path=None, **kwargs):
        sent.set((path, raw_path))
        return await handle(host, path, *args, raw_path=raw_path, **kwargs)

    def event_with_sent_path(api_id, stage_name, stage, resource, request_path, *args, **kwargs):
        event = event_of(api_id, stage_name, stage, resource, request_path, *args, **kwargs)
        path, raw_path = sent.get()
        # What is before the API's own path: its base path.
        event["path"] = raw_path[len(path) - len(request_path) :]
        event["requestContext"]["path"] = f"/{stage_name}{event['path']}"
        return event

    app._handle_execute_api_request = handle_knowing_path
    apigateway_v1._build_lambda_event_v1 = event_with_sent_path


def ask_resource_policies():
    """
    ministack 1.5.33 lets every rule send to every queue and every API invoke every function. AWS asks the policy of the
    queue, or of the function, whether it may.
    """
    send, call = eventbridge._invoke_target, apigateway_v1._invoke_lambda_proxy_v1

    def send_if_allowed(target, event, rule, view=None):
        account, queue = get_account_id(), target["Arn"]
        if ":sqs:" not in queue or sqs.queue_policy_allows(queue, "events.amazonaws.com", rule["Arn"], account):
            send(target, event, rule, view)

    async def call_if_allowed(integration, api_id, stage_name, stage, resource, path, method, *args, **kwargs):
        function = apigateway_v1._extract_lambda_ref_from_integration_uri(integration["uri"])
        source = execute_api_arn(get_region(), get_account_id(), api_id, stage_name, method, path)
        asked = EvalContext("*", "Service", "", "lambda:InvokeFunction", function, get_region())
        asked.service_context = {"aws:sourcearn": source, "aws:sourceaccount": get_account_id()}
        policy, _ = lambda_svc.function_policy_for_arn(function) or (None, None)
        if not policy or evaluate_resource_policy(policy, asked, service="apigateway.amazonaws.com").decision != "Allow":
            return 500, {"Content-Type": "application/json"}, b'{"message": "Internal server error"}'
        return await call(integration, api_id, stage_name, stage, resource, path, method, *args, **kwargs)

    eventbridge._invoke_target = send_if_allowed
    apigateway_v1._invoke_lambda_proxy_v1 = call_if_allowed


def be_an_issuer_here():
    """A user pool is an issuer under a name of AWS, which leads to AWS. Here it is one under the emulator's address."""
    describe, sign = cognito.well_known_openid_configuration, cognito._signed_jwt

    def issuer_of(pool):
        return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/{pool}"

    def describe_here(pool, *args, **kwargs):
        status, headers, body = describe(pool, *args, **kwargs)
        return status, headers, json.dumps({**json.loads(body), "issuer": issuer_of(pool)}).encode()

    def sign_here(claims, pool="", use=""):
        return sign({**claims, "iss": issuer_of(pool)}, pool, use)

    cognito.well_known_openid_configuration = describe_here
    cognito._signed_jwt = sign_here


def end_with_starter():
    """Its standard input ends when its starter does, however that ends: then the functions' processes end too."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    pass_client_context()
    tell_encryption_context()
    keep_path_encoded()
    ask_resource_policies()
    be_an_issuer_here()
    threading.Thread(target=end_with_starter, daemon=True).start()
    app.main()
