"""Prints the signatures that botocore, Amazon's own library, computes for requests."""

import json
import sys

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for request in json.load(sys.stdin):
    headers = request["headers"]
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    given = {name: headers[name] for name in signed if name != "host"}
    credentials = Credentials("id", "secret", headers.get("x-amz-security-token"))
    signer = auth.S3SigV4Auth(credentials, "s3", request["region"])
    made = AWSRequest(method=request["method"], url=request["url"], headers=given)
    made.context["timestamp"] = headers["x-amz-date"]
    text = signer.string_to_sign(made, signer.canonical_request(made))
    print(signer.signature(text, made))
