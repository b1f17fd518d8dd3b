"""Reads an encoded message (hex) and prints it as the gateway's dialect would, apart from unset messages. Arguments: MODULE CLASS"""
import importlib
import sys

from google.protobuf import json_format

message = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()
message.ParseFromString(bytes.fromhex(sys.stdin.read()))
print(json_format.MessageToJson(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True))
