// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title A public notebook of Merkle roots, and of leaves that were taken back
/// @notice Shows that a tree existed when its block was made. It says nothing about what the leaves
/// mean, who wrote the works behind them, or whether those works may be copied.
/// @dev Nothing written here can be changed or removed by anyone, the admin included: the admin
/// chooses who may write next, never what was written. All times are block timestamps, in seconds
/// since 1970-01-01T00:00:00Z, as the maker of the block set them.
interface IEvidenceAnchor {
    /// @notice A root was written for the first and only time.
    /// @param root Head of an RFC 6962 tree over SHA-256
    /// @param submitter The account that sent it, which held the anchor role then
    /// @param size How many leaves the tree has
    event RootAnchored(bytes32 indexed root, address indexed submitter, uint64 size);

    /// @notice A leaf was taken back for good.
    /// @param leaf RFC 6962 leaf hash, or a whole tree's root
    /// @param registrar The account that sent it, which held the registrar role then
    /// @param reason Why, as a code from 1 to 255; its meaning is published by the issuer
    event LeafRevoked(bytes32 indexed leaf, address indexed registrar, uint8 reason);

    /// @notice The root stands already; the first time counts, so nothing was changed.
    /// @param root The root in question
    /// @param anchoredAt Block time of the first anchor, in seconds
    error AlreadyAnchored(bytes32 root, uint64 anchoredAt);

    /// @notice A tree without leaves proves nothing.
    /// @param root The root that came with size 0
    error EmptyTree(bytes32 root);

    /// @notice Thirty-two zero bytes are no root; they are what a forgotten argument looks like.
    error ZeroRoot();

    /// @notice The leaf is revoked already; the first reason and time stand.
    /// @param leaf The leaf in question
    /// @param revokedAt Block time of the first revocation, in seconds
    error AlreadyRevoked(bytes32 leaf, uint64 revokedAt);

    /// @notice Reason code 0 means that none was given.
    error MissingReason();

    /// @notice Writes a tree's root and size, together with the time and number of this block.
    /// @dev Needs `ANCHOR_ROLE`. Emits {RootAnchored}. Reverts with {ZeroRoot}, {EmptyTree} or
    /// {AlreadyAnchored}. The size is stored because an inclusion proof is only exact together with
    /// it (RFC 9162 section 2.1.3); that it is the true size cannot be checked here.
    /// @param root Head of an RFC 6962 tree over SHA-256, not zero
    /// @param size Number of leaves, at least 1
    function anchor(bytes32 root, uint64 size) external;

    /// @notice Takes a leaf back, for ever.
    /// @dev Needs `REGISTRAR_ROLE`. Emits {LeafRevoked}. Reverts with {MissingReason} or
    /// {AlreadyRevoked}. Leaves are not stored, so one that is in no tree can be revoked as well: a
    /// mistaken certificate may be stopped before its root is mined.
    /// @param leaf RFC 6962 leaf hash, or the root of a tree that is taken back as a whole
    /// @param reason Code from 1 to 255
    function revoke(bytes32 leaf, uint8 reason) external;

    /// @notice What is known of a root.
    /// @param root The root asked about
    /// @return anchoredAt Block time in seconds
    /// @return size Number of leaves; 0, like both others, when the root was never anchored
    /// @return blockNumber Height of the block
    function anchorOf(bytes32 root)
        external
        view
        returns (uint64 anchoredAt, uint64 size, uint64 blockNumber);

    /// @notice Whether and why a leaf was taken back.
    /// @param leaf The leaf asked about
    /// @return revokedAt Block time in seconds
    /// @return reason Code from 1 to 255; 0, like the time, when the leaf is not revoked
    function revocationOf(bytes32 leaf) external view returns (uint64 revokedAt, uint8 reason);

    /// @notice Whether a root was anchored here.
    /// @dev Stays true after a revocation: {isRevoked} is the other half of the question. Name and
    /// shape are those that OpenAttestation's verifier calls on a document store.
    /// @param root The root asked about
    /// @return True from the block of its anchor on
    function isIssued(bytes32 root) external view returns (bool);

    /// @notice Whether exactly this value was taken back.
    /// @dev A revoked root does not make its leaves answer true; a caller asks for the leaf and for
    /// the root.
    /// @param leaf A leaf or root
    /// @return True from the block of its revocation on
    function isRevoked(bytes32 leaf) external view returns (bool);
}
