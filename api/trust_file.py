"""trust.json of this installation: what a checker of its certificates has to believe."""

from api.database import transaction
from api.deployment import Deployment
from api.keyfiles import write_private
from api.trusting import status_public_key
from api.wiring import Services
from certs.trust import TrustedChain, TrustFile
from core import pki
from registry import force


def write_trust(services: Services, deployment: Deployment) -> None:
    """Write it anew where it differs: roots of the installation and of every office that is or was
    in force, time-stamp roots, chain and status key.
    """
    with transaction(services.sessions) as session:
        offices = force.roots(session)
    trust = TrustFile(
        issuer_roots=frozenset(map(pki.fingerprint, services.issuer.trusted)) | offices,
        tsa_roots=services.timestamp_roots,
        chains=(
            TrustedChain(
                chain_id=deployment.chain_id,
                genesis=deployment.genesis,
                contract=deployment.contract,
                code_hash=deployment.code_hash,
                confirmations=services.settings.chain.depth,
            ),
        ),
        status_keys=frozenset({status_public_key(services.settings)}),
    )
    path = services.settings.var / "trust.json"
    encoded = trust.encode()
    if not path.exists() or path.read_bytes() != encoded:
        write_private(path, encoded)
        path.chmod(0o644)
