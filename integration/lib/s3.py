# SPDX-License-Identifier: Apache-2.0
"""Asks a moto server from outside: s3.py URL CREDENTIALS setup | make | list | get KEY | drop KEY"""

import json
import sys
import urllib.request

import boto3


def client(service, url, key=None):
    names = dict(aws_access_key_id=key[0], aws_secret_access_key=key[1]) if key else {}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **names)


def setup(url):
    """A user who may do all in S3 and nothing else; from then on nobody else is answered, and signatures are checked."""
    iam = client("iam", url)
    iam.create_user(UserName="rearguard")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="rearguard", PolicyName="s3", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="rearguard")["AccessKey"]
    reset = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(reset)
    print(f"{key['AccessKeyId']}:{key['SecretAccessKey']}")


def main(url, credentials, command, *names):
    if command == "setup":
        return setup(url)
    with open(credentials) as file:
        s3 = client("s3", url, file.readline().strip().split(":", 1))
    if command == "make":
        s3.create_bucket(Bucket="site")
    elif command == "list":
        for item in s3.list_objects_v2(Bucket="site").get("Contents", []):
            print(item["Key"])
    elif command == "get":
        sys.stdout.buffer.write(s3.get_object(Bucket="site", Key=names[0])["Body"].read())
    elif command == "drop":
        s3.delete_object(Bucket="site", Key=names[0])


main(*sys.argv[1:])
