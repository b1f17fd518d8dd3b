"""Turns Python modules that use flytekit into flyteidl messages, for `flyte register`.

Run by the user's interpreter. Answers are JSON lines on descriptor 3; JSON lines are read from descriptor 4 (not from the
arguments: everybody on the machine may read those, and they are limited in size). stdout is the user's modules' own and goes
to stderr.

0. reads the settings
1. loads the modules, archives the code, serialises everything once (so that every mistake is found before anything is
   sent) -> {"event": "ready", "archive", "version", "root", "count"}
2. reads {"distribution": URI or null, "version"}: where the archive was put
3. serialises with it and writes the messages into the output folder -> {"event": "done", "entities": [...]}
Anything wrong -> {"event": "error", "kind", "message", "frames", "hint"}, exit code 1.
"""

import base64
import hashlib
import json
import os
import sys
import tarfile
import traceback
from pathlib import Path

answers = os.fdopen(3, "w", encoding="utf-8")
orders = os.fdopen(4, encoding="utf-8")
os.dup2(2, 1)


def say(event, **fields):
    answers.write(json.dumps({"event": event, **fields}) + "\n")
    answers.flush()


class Refused(Exception):
    """A mistake of the person, explained by its text."""

    def __init__(self, kind, message, hint=""):
        super().__init__(message)
        self.kind, self.hint = kind, hint


def root_of(path):
    """The first folder upwards that is no package; a package or module is imported relative to it."""
    folder = path.parent
    while (folder / "__init__.py").exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def find_modules(paths):
    """The root that all paths share, and the dotted names of what they hold."""
    root, modules = None, []
    for text in paths:
        path = Path(text).resolve()
        # The folder one stands in is a root with several modules, not one module of the folder above.
        here = path == Path.cwd() and not (path / "__init__.py").exists()
        own = path if here else root_of(path)
        if root is not None and own != root:
            raise Refused("roots", f"{text} belongs under {own}, but the paths before it under {root}", "register them one by one")
        root = own
        if here:
            found = [entry.stem for entry in sorted(path.glob("*.py"))]
            found += [entry.parent.name for entry in sorted(path.glob("*/__init__.py"))]
        else:
            found = [".".join(path.relative_to(own).with_suffix("").parts)]
        bad = [name for name in found if not all(part.isidentifier() for part in name.split("."))]
        if bad:
            raise Refused("names", f"{text} cannot be imported: {bad[0]} is no module name", "rename the file or folder")
        modules += found
    return root, modules


def frames_of(error, root):
    """The frames in the user's own files: below the root, but neither this program, which may lie there, nor what is installed there."""

    def is_own(file):
        below = file.startswith(os.path.join(str(root), ""))
        return below and file not in (__file__, os.path.realpath(__file__)) and not {"site-packages", "dist-packages"} & set(Path(file).parts)

    shown = [frame for frame in traceback.extract_tb(error.__traceback__) if is_own(frame.filename)]
    result = [{"file": f.filename, "line": f.lineno, "function": f.name, "text": f.line or ""} for f in shown]
    if isinstance(error, SyntaxError) and error.filename:
        result.append({"file": error.filename, "line": error.lineno, "function": "", "text": (error.text or "").strip()})
    return result


def load(modules, root):
    from flytekit.tools import module_loader

    sys.path.insert(0, str(root))
    module_loader.just_load_modules(modules)


def archive_code(root, folder, copy):
    if copy == "none":
        return None
    from flytekit.tools import fast_registration

    try:
        from flytekit.constants import CopyFileDetection
    except ImportError:
        raise Refused("flytekit", "this flytekit is too old", "install flytekit 1.13.6 or newer")
    style = CopyFileDetection.ALL if copy == "all" else CopyFileDetection.LOADED_MODULES
    options = fast_registration.FastPackageOptions([], copy_style=style)
    archive = str(fast_registration.fast_package(str(root), folder, False, options=options))
    check_links(archive, root)
    return archive


def check_links(archive, root):
    """Links go as links: one that leads out of the root would lead nowhere where tasks run, and no task unpacks such an archive."""
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.issym():
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))
            if os.path.isabs(target) or target.split(os.sep)[0] == os.pardir:
                raise Refused(
                    "links",
                    f"{root / member.name} is a link to {member.linkname}, which does not go with the code",
                    "put a copy in its place, link to it relatively from below the same root, or leave it out with --copy auto",
                )


def version_of(archive, settings):
    """The same code with the same settings has the same version: its archive's and the settings' digest."""
    import flytekit

    digest = hashlib.md5()
    if archive:
        digest.update(hashlib.md5(Path(archive).read_bytes()).digest())
    kept = {key: settings.get(key) for key in ("project", "domain", "images", "env", "destinationDir", "serviceAccount", "rawDataPrefix")}
    digest.update(json.dumps([kept, flytekit.__version__], sort_keys=True).encode())
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def serialise(settings, root, version, distribution):
    from flytekit.configuration import FastSerializationSettings, ImageConfig, SerializationSettings
    from flytekit.tools.repo import serialize_get_control_plane_entities
    from flytekit.tools.translator import Options

    images = settings.get("images") or []
    fast = None
    if distribution is not None:
        fast = FastSerializationSettings(enabled=True, destination_dir=settings["destinationDir"], distribution_location=distribution)
    options = Options.default_from(k8s_service_account=settings.get("serviceAccount"), raw_data_prefix=settings.get("rawDataPrefix"))
    return serialize_get_control_plane_entities(
        SerializationSettings(
            project=settings["project"],
            domain=settings["domain"],
            version=version,
            image_config=ImageConfig.validate_image(None, "image", tuple(images)) if images else ImageConfig.auto_default_image(),
            fast_serialization_settings=fast,
            env=settings.get("env") or None,
        ),
        str(root),
        options,
        is_registration=True,
    )


def write(entities, folder):
    from flytekit.models.admin.workflow import WorkflowSpec
    from flytekit.models.task import TaskSpec

    written = []
    for index, entity in enumerate(entities):
        kind = "task" if isinstance(entity, TaskSpec) else "workflow" if isinstance(entity, WorkflowSpec) else "launch_plan"
        name = f"{index:06}.pb"
        (Path(folder) / name).write_bytes(entity.to_flyte_idl().SerializeToString())
        written.append({"file": name, "kind": kind, "activate": bool(getattr(entity, "should_auto_activate", False))})
    return written


def main():
    settings = json.loads(orders.readline())
    root = Path.cwd()
    try:
        try:
            import flytekit  # noqa: F401
        except ImportError as error:
            raise Refused("flytekit", f"{sys.executable} cannot import flytekit: {error}", f"{sys.executable} -m pip install flytekit")
        root, modules = find_modules(settings["paths"])
        load(modules, root)
        archive = archive_code(root, settings["output"], settings["copy"])
        version = settings.get("version") or version_of(archive, settings)
        placeholder = None if archive is None else "s3://not-yet-uploaded/" + os.path.basename(archive)
        first = serialise(settings, root, version, placeholder)
        if not first:
            raise Refused("empty", f"no task, workflow or launch plan in {', '.join(modules)}", "name the file or package that defines them")
        say("ready", archive=archive, version=version, root=str(root), count=len(first))
        line = orders.readline()
        if not line:
            return
        order = json.loads(line)
        entities = serialise(settings, root, order["version"], order["distribution"])
        say("done", entities=write(entities, settings["output"]))
    except Refused as refused:
        say("error", kind=refused.kind, message=str(refused), frames=[], hint=refused.hint)
        sys.exit(1)
    except (Exception, SystemExit) as error:
        message = f"{type(error).__name__}: {error}"
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        say("error", kind="program", message=message, frames=frames_of(error, root), hint="", missing=missing, python=sys.executable)
        sys.exit(1)


main()
