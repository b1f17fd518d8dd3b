"""What a program says to have a web service do a step: its inputs are posted as JSON, its outputs are the answer's."""

import json
import urllib.request
from typing import Any, Dict, Type

from flytekit.configuration import SerializationSettings
from flytekit.core.base_task import PythonTask
from flytekit.core.interface import Interface


class WebhookTask(PythonTask):
    def __init__(self, name: str, url: str, inputs: Dict[str, Type], outputs: Dict[str, Type], **kwargs: Any):
        super().__init__("webhook", name, interface=Interface(inputs, outputs), task_config=None, **kwargs)
        self._url = url

    def get_custom(self, settings: SerializationSettings) -> Dict[str, Any]:
        return {"url": self._url}

    def execute(self, **inputs: Any) -> Any:
        """A local execution makes the request itself."""
        request = urllib.request.Request(self._url, json.dumps(inputs).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        values = tuple(answer[name] for name in self.python_interface.outputs)
        return values[0] if len(values) == 1 else values
