// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IEvidenceAnchor} from "./IEvidenceAnchor.sol";

/// @title The evidence anchor
/// @notice See {IEvidenceAnchor}. There is no upgrade, no pause and no way to pay it: taking the
/// anchor role away stops anchoring, and what was anchored stays readable.
contract EvidenceAnchor is IEvidenceAnchor, AccessControlDefaultAdminRules {
    /// @notice Its holders may anchor roots.
    bytes32 public constant ANCHOR_ROLE = keccak256("ANCHOR_ROLE");

    /// @notice Its holders may revoke leaves.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");

    /// @dev 192 bits, one storage slot: a second slot would cost another 22,100 gas (EIP-2929).
    struct Anchor {
        uint64 anchoredAt;
        uint64 size;
        uint64 blockNumber;
    }

    /// @dev 72 bits, one storage slot.
    struct Revocation {
        uint64 revokedAt;
        uint8 reason;
    }

    mapping(bytes32 root => Anchor) private _anchors;
    mapping(bytes32 leaf => Revocation) private _revocations;

    /// @param adminDelay Seconds between beginning and accepting a change of the admin
    /// @param admin Names and removes the holders of both roles; anchors nothing itself
    /// @param anchorer First holder of the anchor role
    /// @param registrar First holder of the registrar role
    constructor(uint48 adminDelay, address admin, address anchorer, address registrar)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        _grantRole(ANCHOR_ROLE, anchorer);
        _grantRole(REGISTRAR_ROLE, registrar);
    }

    /// @inheritdoc IEvidenceAnchor
    function anchor(bytes32 root, uint64 size) external onlyRole(ANCHOR_ROLE) {
        if (root == bytes32(0)) revert ZeroRoot();
        if (size == 0) revert EmptyTree(root);
        Anchor storage known = _anchors[root];
        // The size tells known from unknown, not the time: it is never 0, even in a first block.
        if (known.size != 0) revert AlreadyAnchored(root, known.anchoredAt);
        _anchors[root] = Anchor({
            anchoredAt: uint64(block.timestamp), size: size, blockNumber: uint64(block.number)
        });
        emit RootAnchored(root, msg.sender, size);
    }

    /// @inheritdoc IEvidenceAnchor
    function revoke(bytes32 leaf, uint8 reason) external onlyRole(REGISTRAR_ROLE) {
        if (reason == 0) revert MissingReason();
        Revocation storage known = _revocations[leaf];
        if (known.reason != 0) revert AlreadyRevoked(leaf, known.revokedAt);
        _revocations[leaf] = Revocation({revokedAt: uint64(block.timestamp), reason: reason});
        emit LeafRevoked(leaf, msg.sender, reason);
    }

    /// @inheritdoc IEvidenceAnchor
    function anchorOf(bytes32 root)
        external
        view
        returns (uint64 anchoredAt, uint64 size, uint64 blockNumber)
    {
        Anchor storage known = _anchors[root];
        return (known.anchoredAt, known.size, known.blockNumber);
    }

    /// @inheritdoc IEvidenceAnchor
    function revocationOf(bytes32 leaf) external view returns (uint64 revokedAt, uint8 reason) {
        Revocation storage known = _revocations[leaf];
        return (known.revokedAt, known.reason);
    }

    /// @inheritdoc IEvidenceAnchor
    function isIssued(bytes32 root) external view returns (bool) {
        Anchor storage known = _anchors[root];
        return known.size != 0;
    }

    /// @inheritdoc IEvidenceAnchor
    function isRevoked(bytes32 leaf) external view returns (bool) {
        Revocation storage known = _revocations[leaf];
        return known.reason != 0;
    }
}
