"""What the engine says went wrong, in our words: nothing of its own text is shown but a code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from heygen_localize.buckets.engine import is_panic, obstore
from heygen_localize.core.errors import AbsentError, BucketError, BucketUnreachable, TakenError
from heygen_localize.core.objects import ObjectAddress

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_STATUS = re.compile(r"(?:status code:?|error:?) ?(\d{3})\b")
_RETRIED = re.compile(r"after (\d+) retries")
_CREDENTIALS = ("169.254.169.254", "metadata.google", "credential", "ExpiredToken", "InvalidAccess")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
_HINT_NAMES = "look at AWS_*, GOOGLE_* or AZURE_* in the environment: docs/buckets.md"
_HINT_LATER = "run the same command again later; nothing is lost"


@contextmanager
def told(address: ObjectAddress) -> Iterator[None]:
    """Have the engine's failures raised in our words.

    Raises:
        TakenError, AbsentError: as they say.
        BucketError, BucketUnreachable: it cannot be done, or not now.
    """
    errors = obstore().exceptions
    try:
        yield
    except (errors.AlreadyExistsError, errors.PreconditionError, errors.NotModifiedError):
        raise taken(address) from None
    except (errors.NotFoundError, FileNotFoundError) as error:
        if any(code in str(error) for code in _NO_BUCKET):
            raise missing_bucket(address) from None
        message = f"{address.bucket_name} says that there is no {address}"
        raise AbsentError(message, hint=_HINT_LATER) from None
    except (errors.PermissionDeniedError, errors.UnauthenticatedError) as error:
        raise _refused(address, str(error)) from None
    except errors.BaseError as error:
        raise _failed(address, str(error)) from None
    except NotImplementedError:  # the engine's, of a kind of bucket that cannot do it
        message = f"{address.bucket_name} cannot do what is asked of it"
        raise BucketError(message) from None
    except BaseException as error:
        if not is_panic(error):
            raise
        raise _failed(address, "") from None


def taken(address: ObjectAddress) -> TakenError:
    """Return the error for an object that is not as a writing or a reading is to find it.

    Told to people only where a bucket says so to who asked on no condition.
    """
    message = f"{address.bucket_name} says that {address} is not as it was asked for"
    return TakenError(message, hint=_HINT_LATER)


def missing_bucket(address: ObjectAddress) -> BucketError:
    """Return the error for a bucket that is not there."""
    return BucketError(
        f"there is no bucket {address.bucket_name}",
        code="bucket_missing",
        hint="make it, or name another one; of another host, set AWS_ENDPOINT_URL",
    )


def _refused(address: ObjectAddress, text: str) -> BucketError:
    return BucketError(
        f"{address.bucket_name} refuses these credentials{_code(text)}",
        hint=f"give them the right to list, read, write and delete there; {_HINT_NAMES}",
    )


def _failed(address: ObjectAddress, text: str) -> BucketError:
    if any(word in text for word in _CREDENTIALS):
        return BucketError(
            f"there are no credentials for {address.bucket_name}",
            code="bucket_credentials",
            hint=_HINT_NAMES,
        )
    if "URL scheme is not allowed" in text or "BadScheme" in text:
        return BucketError(
            f"the host of {address.bucket_name} is asked without https",
            code="bucket_settings",
            hint="write https:// in AWS_ENDPOINT_URL, or set AWS_ALLOW_HTTP=1",
        )
    if any(code in text for code in _NO_BUCKET):
        return missing_bucket(address)
    status = _STATUS.search(text)
    if status is not None and status[1].startswith("4"):
        message = f"{address.bucket_name} answers HTTP {status[1]}{_code(text)}"
        return BucketError(message, hint=_HINT_NAMES)
    answer = f" (HTTP {status[1]}{_code(text)})" if status is not None else ""
    tries = _RETRIED.search(text)
    more = f", after {int(tries[1]) + 1} tries" if tries is not None else ""
    return BucketUnreachable(
        f"{address.bucket_name} does not answer as it should{answer}{more}", hint=_HINT_LATER
    )


def _code(text: str) -> str:
    found = _CODE.search(text)
    return f": {found[1]}" if found is not None else ""
